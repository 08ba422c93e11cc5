import FoundationEssentials
import Glibc
import Testing

@Suite("Bringing a champion into the checkout") struct ApplyTests {
  /// A loop that keeps each of so many scripted steps, in a folder of a repository or in none.
  private func looped(_ steps: [String], git: Bool = true, attributes: String? = nil) throws -> Program {
    var files = [
      "src/n": "100\n", "src/gone": "x\n",
      "belljar.yaml": """
      name: steps
      surface: {editable: ["src/**"]}
      scorers:
        - name: small
          kind: command
          role: objective
          direction: minimize
          deterministic: true
          run: cp src/n "$BELLJAR_OUT/n"
          score: cat "$BELLJAR_OUT/n"
      agent: {kind: command, run: ./agent.sh}
      loop: {strategy: optimize, stop: {iterations: \(steps.count)}}
      """,
    ]
    let cases = steps.enumerated().map { "\($0.offset)) \($0.element) ;;" }.joined(separator: "\n")
    files["agent.sh"] = "#!/bin/sh\ncase $(grep -c '^- try' \"$BELLJAR_PROMPT\") in\n\(cases)\nesac\n"
    files[".gitattributes"] = attributes
    let program = try Program(files)
    if git {
      // The project is a folder of a larger repository.
      let made = try program.shell(
        "cd .. && git init -q . && git config user.name a && git config user.email a@b && git add project && git commit -qm one"
      )
      #expect(made.status == 0, "\(made.error)")
    }
    let loop = try program.run(["loop"])
    #expect(loop.status == 0, "\(loop.output)\(loop.error)")
    return program
  }

  @Test("in a folder of a larger repository and in none, byte for byte", arguments: [true, false])
  func anywhere(git: Bool) throws {
    let program = try looped(
      [
        "echo 50 > src/n; printf '#!/bin/sh\\n' > src/new; chmod +x src/new; rm src/gone; mkdir src/d; ln -s ../n src/d/l"
      ],
      git: git, attributes: "* text=auto eol=crlf\n")
    let dry = try program.run(["apply", "--dry-run"])
    #expect(dry.output == "would change 4 files: src/d/l, src/gone, src/n, src/new\n", "\(dry.error)")
    #expect(program.text("project/src/n") == "100\n")
    let applied = try program.run(["apply"])
    #expect(applied.output == "changed 4 files: src/d/l, src/gone, src/n, src/new\n", "\(applied.error)")
    #expect(program.text("project/src/n") == "50\n")
    #expect(program.text("project/src/new") == "#!/bin/sh\n")
    #expect(access("\(program.project)/src/new", X_OK) == 0)
    #expect(access("\(program.project)/src/gone", F_OK) != 0)
    #expect(program.text("project/src/d/l") == "50\n")
    let again = try program.run(["apply"])
    #expect(again.status == 1 && again.error.contains("were changed since the loop began"), "\(again.error)")
  }

  @Test("each kept step is a commit, also where a file becomes a folder and back; what else is staged stays so")
  func each() throws {
    let program = try looped([
      "echo 50 > src/n; echo a > src/z", "echo 40 > src/n; rm src/z; mkdir src/z; echo b > src/z/k", "echo 60 > src/n",
      "echo 30 > src/n; rm -r src/z; echo c > src/z",
    ])
    #expect(try program.shell("echo mine > ../mine && git add ../mine").status == 0)
    let refused = try program.run(["apply", "--each", "3"])
    #expect(refused.status == 1 && refused.error.contains("it was not kept"), "\(refused.error)")
    let applied = try program.run(["apply", "--each"])
    #expect(
      applied.output.split(separator: "\n").map { $0.prefix(15) } == [
        "committed try 1", "committed try 2", "committed try 4",
      ],
      "\(applied.output)\(applied.error)")
    #expect(program.text("project/src/z") == "c\n")
    #expect(try program.shell("git diff --cached --name-status && git status --short .").output == "A\tmine\n")
    #expect(try program.shell("git show HEAD~1:./src/z/k HEAD~2:./src/z HEAD:./src/n").output == "b\na\n30\n")
  }

  @Test("a file of the user's that only steps on the way touch is never overwritten") func onTheWay() throws {
    let program = try looped([
      "echo 50 > src/n; echo a > src/z; echo b > src/gone", "echo 40 > src/n; rm src/z; echo x > src/gone",
    ])
    #expect(try program.shell("echo precious > src/z").status == 0)
    for words in [["apply", "--each", "--dry-run"], ["apply", "--each"]] {
      let applied = try program.run(words)
      #expect(applied.status == 1 && applied.error.contains("src/z"), "\(applied.output)\(applied.error)")
    }
    #expect(program.text("project/src/z") == "precious\n")
    #expect(program.text("project/src/n") == "100\n")
  }

  @Test("what is in the way of a folder is told, and nothing is written") func inTheWay() throws {
    let program = try looped(["echo 50 > src/n; rm src/gone; mkdir src/z; echo x > src/z/x"])
    #expect(try program.shell("echo mine > src/z").status == 0)
    for words in [["apply", "--dry-run"], ["apply"]] {
      let applied = try program.run(words)
      #expect(applied.status == 1 && applied.error.contains("src/z; nothing was written"), "\(applied.error)")
    }
    #expect(program.text("project/src/n") == "100\n")
    #expect(program.text("project/src/gone") == "x\n")
  }

  @Test("in the middle of a merge nothing is committed; an index that can't be had afterwards is told") func git()
    throws
  {
    let program = try looped(["echo 50 > src/n"])
    let merging = try program.shell(
      "git checkout -q -b other && echo t > t && git add t && git commit -qm other && git checkout -q - && "
        + "git merge -q --no-commit --no-ff other && $BELLJAR apply --each")
    #expect(merging.status == 1 && merging.error.contains("a merge is under way"), "\(merging.error)")
    #expect(program.text("project/src/n") == "100\n")
    #expect(try program.shell("git merge --abort").status == 0)
    let hook = "#!/bin/sh\ntouch \"$(git rev-parse --git-dir)/index.lock\"\n"
    try Data(hook.utf8).write(to: URL(filePath: "\(program.place)/.git/hooks/post-commit"))
    chmod("\(program.place)/.git/hooks/post-commit", 0o755)
    let applied = try program.run(["apply", "--each"])
    #expect(applied.status == 1 && applied.error.contains("git reset -- src/n"), "\(applied.output)\(applied.error)")
    #expect(program.text("project/src/n") == "50\n")
    #expect(try program.shell("git show HEAD:./src/n").output == "50\n")
  }

  @Test("a commit that is refused leaves the step's files as they were, and those before it committed") func hook()
    throws
  {
    let program = try looped([
      "echo 50 > src/n; echo a > src/z", "echo 40 > src/n; rm src/z; mkdir src/z; echo b > src/z/k",
    ])
    let hook = "#!/bin/sh\n! git diff --cached --name-only | grep -q z/k\n"
    try Data(hook.utf8).write(to: URL(filePath: "\(program.place)/.git/hooks/pre-commit"))
    chmod("\(program.place)/.git/hooks/pre-commit", 0o755)
    let applied = try program.run(["apply", "--each"])
    #expect(applied.status == 1 && applied.output.hasPrefix("committed try 1"), "\(applied.output)")
    #expect(applied.error.contains("try 2") && applied.error.contains("its files are as they were"), "\(applied.error)")
    #expect(program.text("project/src/z") == "a\n")
    #expect(try program.shell("git status --short .").output == "")
  }
}
