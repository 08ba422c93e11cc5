internal import ArgumentParser
internal import Harness
internal import Sandbox
internal import Scoring

/// `belljar policy list`: the built-in policies.
struct PolicyList: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the built-in policies.")

  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() throws {
    let policies = try Policy.builtInNames.map(Policy.builtIn)
    guard format == .text else {
      print("[" + policies.map(PolicyText.json).joined(separator: ", ") + "]")
      return
    }
    for policy in policies {
      print("\(policy.name)\(String(repeating: " ", count: max(1, 8 - policy.name.count)))\(policy.about)")
    }
  }
}

/// `belljar policy show NAME`: a policy in words.
struct PolicyShow: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Explain a policy: what is visible, what is allowed, within which limits.")

  @Argument(help: ArgumentHelp("strict, test, build, agent, or a policy file.", valueName: "name")) var name: String
  @Option(help: "text or json.") var format: OutputFormat = .text

  func run() {
    do {
      let policy = try Policy.named(name)
      print(format == .json ? PolicyText.json(policy) : try PolicyText.words(policy))
    } catch { Exit.failure("belljar policy show: \(error)", code: 65) }
  }
}

/// `belljar policy check FILE`: reads a policy file strictly.
struct PolicyCheck: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Check a policy file; a mistake is told with line and column.")

  @Argument(help: ArgumentHelp("The policy's YAML file.", valueName: "file")) var file: String

  func run() {
    do {
      let policy = try Policy.named(file.contains("/") ? file : "./\(file)")
      let count = try policy.callNames().count
      print("\(file): policy '\(policy.name)' is sound: \(count) system calls, \(policy.show.count) folders shown")
    } catch { Exit.failure("belljar policy check: \(error)", code: 65) }
  }
}

/// A policy in words and as JSON.
enum PolicyText {
  static func words(_ policy: Policy) throws -> String {
    var text = "\(policy.name): \(policy.about)\n\nvisible, all of it read-only\n"
    text += "  \(policy.show.joined(separator: ", ")), as the host has them, at their own paths\n"
    text += "  /bin, /lib and the like as the host links them; the toolchain that a command resolves to\n"
    text +=
      "  /etc    made: passwd, group, hosts, nsswitch.conf, hostname; the host's loader cache and CA certificates\n"
    text +=
      policy.proc == .pids
      ? "  /proc   only the sandbox's own processes\n"
      : "  /proc   the sandbox's own processes, and machine-wide files such as cpuinfo and meminfo\n"
    text += "  /dev    null, zero, full, random, urandom\n"
    text +=
      "writable\n  /tmp, /dev/shm and an empty home in memory, within the disk budget; what a step or --bind adds\n"
    text += "network\n"
    text +=
      policy.network == .none
      ? "  a namespace of its own with nothing but the loopback\n" : "  the host's network, without restriction\n"
    text += "system calls, \(try policy.callNames().count) of them; what is not here answers EPERM\n"
    for name in policy.calls {
      let held = try Policy.callNames(of: name)
      text += held == [name] ? "  \(name)\n" : "  \(name)  (\(held.count))\n"
      if held != [name] { text += wrapped(held.joined(separator: " "), indent: 4) }
    }
    text += "  of clone, socket, ioctl, prctl, personality, arch_prctl and prlimit64 only harmless arguments\n"
    text += "limits, where a step or an option gives none\n  \(Quantity.budget(policy.budget))"
    return text
  }

  static func json(_ policy: Policy) -> String {
    func list(_ items: [String]) -> String { "[" + items.map(StrictJSON.quoted).joined(separator: ", ") + "]" }
    return "{\"name\": \(StrictJSON.quoted(policy.name)), \"about\": \(StrictJSON.quoted(policy.about)), "
      + "\"show\": \(list(policy.show)), \"proc\": \(StrictJSON.quoted(policy.proc.rawValue)), "
      + "\"network\": \(StrictJSON.quoted(policy.network.rawValue)), \"calls\": \(list(policy.calls)), "
      + "\"budget\": \(StrictJSON.quoted(Quantity.budget(policy.budget)))}"
  }

  private static func wrapped(_ text: String, indent: Int) -> String {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = [margin]
    for word in text.split(separator: " ") {
      if lines[lines.count - 1].count + word.count > 100 { lines.append(margin) }
      lines[lines.count - 1] += (lines[lines.count - 1].count > indent ? " " : "") + word
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
