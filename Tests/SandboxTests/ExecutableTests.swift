import Foundation
import Sandbox
import Testing

/// What is shown of the host for a command, with a home made for the test. Nothing is run.
@Suite("What a command resolves to") struct ExecutableTests {
  /// A home with programs at the given paths (made executable; `->` makes a link) and a tree beside it.
  final class Place {
    let path: String
    var home: String { "\(path)/home/me" }
    var tree: String { "\(path)/tree" }

    init(_ files: [String: String]) throws {
      path = FileManager.default.temporaryDirectory.appending(path: "belljar-home-\(UUID())").path()
      try FileManager.default.createDirectory(atPath: "\(path)/tree", withIntermediateDirectories: true)
      try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
      for (name, text) in files {
        let file = URL(filePath: "\(path)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        if text.hasPrefix("->") {
          let target = text.dropFirst(2).replacing("HOME", with: home)
          try FileManager.default.createSymbolicLink(atPath: file.path(), withDestinationPath: String(target))
        } else {
          try Data(text.replacing("HOME", with: home).utf8).write(to: file)
          chmod(file.path(), 0o755)
        }
      }
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// What a name resolves to in a jar whose tree is an overlay, as a loop's is.
    func resolve(_ name: String, path search: [String] = [], isLoop: Bool = true) throws -> Executable {
      let mount =
        isLoop
        ? Jar.Mount(
          .overlay(layers: [tree], upper: "\(path)/upper", work: "\(path)/work"), source: "/t", destination: "/t")
        : Jar.Mount(.readOnly, source: tree, destination: "/t")
      let jar = Jar(policy: try Policy.builtIn("strict"), arguments: [name], directory: "/t", mounts: [mount])
      let variables = ["HOME": home, "PATH": (search + ["/usr/bin", "/bin"]).joined(separator: ":")]
      return Executable.resolve(name, directory: "/t", jar: jar, caller: Caller { variables[$0] })
    }
  }

  @Test("a program of the policy's folders needs nothing") func plain() throws {
    let found = try Place([:]).resolve("sh")
    #expect(found.path == "/usr/bin/sh")
    #expect(found.toolchains.isEmpty && found.links.isEmpty && found.searchPath.isEmpty)
  }

  @Test("of a toolchain in PATH its prefix is shown, and found by the programs that it starts") func prefix() throws {
    let place = try Place(["home/me/tools/cc-9/bin/cc9": "#!/bin/sh\n", "home/me/tools/cc-9/lib/x": ""])
    let found = try place.resolve("cc9", path: ["\(place.home)/tools/cc-9/bin"])
    #expect(found.toolchains == ["\(place.home)/tools/cc-9"])
    #expect(found.searchPath == ["\(place.home)/tools/cc-9/bin"])
  }

  @Test(
    "of a program in a home, in ~/.local, in ~/.cargo or in a checkout the one file is shown",
    arguments: ["bin", ".local/bin", ".cargo/bin", "work/bin"])
  func personal(folder: String) throws {
    let place = try Place([
      "home/me/\(folder)/tool": "#!/bin/sh\n", "home/me/lib/x": "", "home/me/.local/lib/x": "",
      "home/me/.cargo/lib/x": "", "home/me/work/lib/x": "", "home/me/work/.git/config": "",
    ])
    let found = try place.resolve("tool", path: ["\(place.home)/\(folder)"])
    #expect(found.path == "\(place.home)/\(folder)/tool")
    #expect(found.toolchains == ["\(place.home)/\(folder)/tool"])
  }

  @Test("a link in a loop's tree shows nothing of the host", arguments: ["secret/bin/tool", "secret/tool", "bin/tool"])
  func hostileLink(program: String) throws {
    let place = try Place([
      "home/me/\(program)": "#!/bin/sh\n", "home/me/secret/lib/x": "", "tree/run": "->HOME/\(program)",
    ])
    let found = try place.resolve("./run")
    #expect(found.toolchains.isEmpty && found.links.isEmpty)
  }

  @Test("a link in a folder that is shown as it is brings the one file") func ownLink() throws {
    let place = try Place([
      "home/me/secret/bin/tool": "#!/bin/sh\n", "home/me/secret/lib/x": "", "tree/run": "->HOME/secret/bin/tool",
    ])
    let found = try place.resolve("./run", isLoop: false)
    #expect(found.toolchains == ["\(place.home)/secret/bin/tool"])
  }

  @Test("a #! line in a loop's tree shows nothing of the host but what version managers made") func hostileScript()
    throws
  {
    let place = try Place([
      "home/me/secret/bin/tool": "", "home/me/secret/lib/x": "", "tree/run": "#!HOME/secret/bin/tool\n",
      "tree/env": "#!/usr/bin/env tool\n",
      "tree/python": "#!HOME/.pyenv/versions/3.12.1/bin/python3 -I\n", "home/me/.pyenv/versions/3.12.1/bin/python3": "",
    ])
    #expect(try place.resolve("./run").toolchains.isEmpty)
    #expect(try place.resolve("./env", path: ["\(place.home)/secret/bin"]).toolchains.isEmpty)
    #expect(try place.resolve("./python").toolchains == ["\(place.home)/.pyenv/versions/3.12.1"])
  }

  @Test(
    "a virtual environment brings the interpreter that uv, pyenv or conda installed",
    arguments: [
      ".local/share/uv/python/cpython-3.12.9-linux-x86_64-gnu", ".pyenv/versions/3.12.1", "miniconda3",
    ])
  func virtualEnvironment(prefix: String) throws {
    let place = try Place([
      "home/me/\(prefix)/bin/python3.12": "", "tree/.venv/bin/python": "->HOME/\(prefix)/bin/python3.12",
      "tree/.venv/bin/pytest": "#!/t/.venv/bin/python\n",
    ])
    for name in [".venv/bin/python", ".venv/bin/pytest"] {
      #expect(try place.resolve(name).toolchains == ["\(place.home)/\(prefix)"], "\(name)")
    }
  }

  @Test("pyenv's stand-in is looked through: the file of the folder, the global one, a short version") func pyenv()
    throws
  {
    var files = ["home/me/.pyenv/shims/python3": "#!/bin/sh\n", "home/me/.pyenv/version": "3.11.7\n"]
    for version in ["3.9.1", "3.11.7", "3.12.9", "3.12.10"] {
      files["home/me/.pyenv/versions/\(version)/bin/python3"] = ""
    }
    func python(_ more: [String: String]) throws -> (path: String, shown: [String]) {
      let place = try Place(files.merging(more) { $1 })
      let found = try place.resolve("python3", path: ["\(place.home)/.pyenv/shims"])
      func short(_ text: String) -> String { text.replacing("\(place.home)/.pyenv/", with: "") }
      return (short(found.path), found.toolchains.map(short))
    }
    #expect(try python([:]) == ("versions/3.11.7/bin/python3", ["versions/3.11.7"]))
    #expect(try python(["tree/.python-version": "3.9.1\n"]) == ("versions/3.9.1/bin/python3", ["versions/3.9.1"]))
    #expect(try python(["tree/.python-version": "3.12"]) == ("versions/3.12.10/bin/python3", ["versions/3.12.10"]))
    #expect(try python(["tree/.python-version": "2.7"]) == ("shims/python3", []))
    #expect(try python(["tree/.python-version": "../../secret", "home/me/secret/bin/python3": ""]).shown == [])
    #expect(try python(["home/me/.pyenv/version": "system"]).shown == [])
  }

  @Test("nvm's node brings its version, npm included") func nvm() throws {
    let place = try Place([
      "home/me/.nvm/versions/node/v20.1.0/bin/node": "",
      "home/me/.nvm/versions/node/v20.1.0/bin/npm": "->../lib/node_modules/npm/bin/npm-cli.js",
      "home/me/.nvm/versions/node/v20.1.0/lib/node_modules/npm/bin/npm-cli.js": "#!/usr/bin/env node\n",
    ])
    let found = try place.resolve("npm", path: ["\(place.home)/.nvm/versions/node/v20.1.0/bin"])
    #expect(Set(found.toolchains).contains("\(place.home)/.nvm/versions/node/v20.1.0"))
    #expect(found.toolchains.allSatisfy { $0.hasPrefix("\(place.home)/.nvm/versions/node/v20.1.0") })
    #expect(found.searchPath.contains("\(place.home)/.nvm/versions/node/v20.1.0/bin"))
  }

  @Test("rustup's stand-ins bring the toolchains, and not the credentials beside them") func rustup() throws {
    let place = try Place([
      "home/me/.cargo/bin/rustup": "", "home/me/.cargo/bin/cargo": "->rustup", "home/me/.cargo/credentials.toml": "",
      "home/me/.rustup/toolchains/stable/bin/cargo": "",
    ])
    let found = try place.resolve("cargo", path: ["\(place.home)/.cargo/bin"])
    #expect(found.variables == ["RUSTUP_HOME": "\(place.home)/.rustup"])
    #expect(found.toolchains.contains("\(place.home)/.rustup") && found.toolchains.contains("\(place.home)/.cargo/bin"))
    #expect(!found.toolchains.contains("\(place.home)/.cargo"))
  }

  @Test("a tree's own folder in the caller's PATH gives no program to a loop") func treeInPath() throws {
    let found = try Place(["tree/bin/sh": "#!/bin/true\n"]).resolve("sh", path: ["/t/bin"])
    #expect(found.path == "/usr/bin/sh" && found.searchPath.isEmpty)
  }

  @Test("a pipx tool is a link and a script: both are there inside, and its environment") func pipx() throws {
    let place = try Place([
      "home/me/.local/bin/black": "->HOME/.local/share/pipx/venvs/black/bin/black",
      "home/me/.local/share/pipx/venvs/black/bin/black": "#!HOME/.local/share/pipx/venvs/black/bin/python\n",
      "home/me/.local/share/pipx/venvs/black/bin/python": "->/usr/bin/env",
      "home/me/.local/share/pipx/venvs/black/lib/x": "",
    ])
    let found = try place.resolve("black", path: ["\(place.home)/.local/bin"])
    #expect(found.links["\(place.home)/.local/bin/black"] == "\(place.home)/.local/share/pipx/venvs/black/bin/black")
    #expect(found.toolchains == ["\(place.home)/.local/share/pipx/venvs/black"])
  }

  @Test(
    "a toolchain in a folder of its own runs inside, through its link and with its neighbours, and no more is there")
  func runs() throws {
    let place = try Place([
      "tools/x/bin/hello": "->../libexec/hello",
      "tools/x/libexec/hello": "#!/bin/sh\ncat \"${0%/*}/../lib/word\"\nls \"${0%/*}/../..\"\n",
      "tools/x/lib/word": "hello\n", "tools/secret/x": "",
    ])
    for name in ["", "/tools", "/tools/x", "/tools/x/bin", "/tools/x/lib", "/tools/x/libexec"] {
      chmod(place.path + name, 0o755)
    }
    let jar = Jar(
      policy: try Policy.builtIn("strict"), arguments: ["\(place.path)/tools/x/bin/hello"],
      budget: Budget(wall: .seconds(10 * slowness)))
    let result = try Sandbox().run(jar)
    #expect(result.output.text == "hello\nx\n", "\(result.outcome.reason) \(result.error.text)")
  }
}
