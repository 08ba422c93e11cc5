import Digests
import Glibc
import Ledger
import Workspace

/// A loop of 20 tries whose agent is a script: what it proposes depends on its prompt and the champion alone, and comes to every
/// verdict that there is.
enum ScriptedLoop {
  static let files = [
    "value": "1000\n", "fixed": "fixed\n",
    "agent.sh": """
    #!/bin/sh
    # Which try it is, as the prompt tells: one more than the last that it names.
    last=$(sed -n 's/^- try \\([0-9]*\\):.*/\\1/p' "$BELLJAR_PROMPT" | tail -1)
    try=$(( ${last:-0} + 1 ))
    value=$(cat value)
    case $(( try % 7 )) in
      1|4) echo $(( value - try )) > value ;;
      2) echo $(( value + try )) > value ;;
      3) echo changed > fixed ;;
      5) exit 7 ;;
      6) : ;;
      0) echo words > value ;;
    esac
    echo "try $try from $value"
    """,
    "score.sh": """
    #!/bin/sh
    printf '{"score": %s, "explanation": "seed %s"}' "$(cat "$BELLJAR_OUT/n")" "$(cat "$BELLJAR_IN/seed")"
    """,
    "belljar.yaml": """
    name: scripted
    surface: {editable: [value]}
    scorers:
      - {name: number, kind: exit-code, role: gate, run: [/bin/sh, -c, 'test "$(cat value)" -gt 0']}
      - name: small
        kind: command
        role: objective
        direction: minimize
        prepare: echo "$BELLJAR_SEED" > "$BELLJAR_IN/seed"
        run: cat value > "$BELLJAR_OUT/n"
        deterministic: true
        score: ./score.sh
    agent: {kind: command, run: ./agent.sh}
    loop: {strategy: optimize, seed: 11, stop: {iterations: 20, failures: 9, wall: 1 h}}
    """,
  ]

  /// The same by three at a time: some change a file that those beside them leave alone.
  static let sideBySide: [String: String] = {
    var files = Self.files
    files["bonus"] = "0\n"
    files["agent.sh"] = """
      #!/bin/sh
      try=$(sed -n 's/^This is try \\([0-9]*\\)\\..*/\\1/p' "$BELLJAR_PROMPT")
      value=$(cat value)
      case $(( try % 7 )) in
        1|4) echo $(( value - try )) > value ;;
        2) echo $(( $(cat bonus) + try )) > bonus ;;
        3) echo changed > fixed ;;
        5) exit 7 ;;
        6) : ;;
        0) echo words > value ;;
      esac
      echo "try $try from $value"
      """
    files["belljar.yaml"] = files["belljar.yaml"]?
      .replacing("editable: [value]", with: "editable: [value, bonus]")
      .replacing("run: cat value >", with: "run: echo $(( $(cat value) - $(cat bonus) )) >")
      .replacing("loop: {strategy: optimize,", with: "loop: {strategy: optimize, parallel: 3,")
    return files
  }()

  /// What must be the same whether or not a loop was cut short: candidates, verdicts, reasons, scores, prompts, standing.
  static func story(_ ledger: Ledger, loop: Int64, store: ObjectStore) throws -> [String] {
    var lines: [String] = []
    try ledger.eachDetail(loop: loop) { detail in
      let row = detail.iteration
      guard let result = row.result else { return lines.append("\(row.number) unfinished") }
      var line = "\(row.number) from \(row.parent ?? -1): \(result.verdict) \(result.reason) | \(result.note ?? "")"
      // The time of a changed file is the clock's; everything else of a candidate is compared.
      if let candidate = result.candidate {
        for (path, change) in try Changes(serialized: store.read(candidate)).sorted {
          if case .write(let entry) = change {
            line += " | \(path) \(entry.kind)"
          } else {
            line += " | \(path) removed"
          }
        }
      }
      line += " | \(result.objective ?? 0) \(result.ratio ?? 0) \(row.championMoved)"
      let standing = result.standing
      line += " | \(standing.tries) \(standing.kept) \(standing.failures) \(standing.stale) \(standing.gain)"
      for score in detail.scores {
        line += " | \(score.scorer) \(score.value ?? -1) \(score.passed.map { "\($0)" } ?? "") \(score.answer ?? "")"
        line += " \(score.metrics ?? "") \(score.explanation ?? "")"
      }
      lines.append(line + " | " + Digest(of: (row.prompt ?? "").utf8).description)
    }
    let record = try ledger.loop(loop)
    lines.append("champion \(record?.champion ?? -1), \(record?.endReason ?? "no end")")
    return lines
  }
}

/// What a loop must not leave behind.
enum Leftovers {
  /// Processes, mounts, cgroups and files that have to do with a folder.
  static func of(_ folder: String, state: String) -> [String] {
    var found: [String] = []
    for name in names("/proc") where Int(name) != nil {
      let command = contents("/proc/\(name)/cmdline") + contents("/proc/\(name)/environ")
      if command.contains(folder), name != "\(getpid())" { found.append("process \(name) \(command.prefix(200))") }
    }
    if contents("/proc/self/mountinfo").contains(folder) { found.append("a mount") }
    found += names("\(state)/scratch").map { "scratch/\($0)" }
    for object in names("\(state)/objects") {
      found += names("\(state)/objects/\(object)").filter { $0.hasPrefix(".new-") }.map { "objects/\(object)/\($0)" }
    }
    found += names("\(state)/incoming").map { "incoming/\($0)" }
    found += names(state).filter { $0.hasSuffix("-requested") || $0.hasPrefix(".new-") }
    return found
  }

  /// Cgroups that Belljar made, on whichever hierarchy.
  ///
  /// - Parameter processes: Of which processes; other programs may run on the machine.
  static func cgroups(of processes: Set<pid_t>) -> Set<String> {
    var found: Set<String> = []
    var waiting = ["/sys/fs/cgroup"]
    while let folder = waiting.popLast() {
      for name in names(folder) {
        var about = stat()
        guard lstat("\(folder)/\(name)", &about) == 0, about.st_mode & S_IFMT == S_IFDIR else { continue }
        let fields = name.split(separator: "-")
        // All of those have ended: one that lives has its number from another, as numbers come round.
        if fields.count == 4, fields[0] == "belljar", let process = pid_t(fields[1]), processes.contains(process),
          kill(process, 0) != 0
        {
          found.insert("\(folder)/\(name)")
        }
        waiting.append("\(folder)/\(name)")
      }
    }
    return found
  }

  private static func names(_ folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  private static func contents(_ path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    var all: [UInt8] = []
    while true {
      let count = read(file, &bytes, bytes.count)
      if count <= 0 { break }
      all += bytes[..<count]
    }
    return String(decoding: all, as: UTF8.self)
  }
}
