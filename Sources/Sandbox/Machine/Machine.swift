internal import CSandbox
internal import Glibc

/// What this machine offers to a sandbox: found by trying, not by reading settings alone.
public struct Machine {
  /// A folder for trials that is on the disk where layers lie; made and removed.
  private let scratch: String

  /// - Parameter scratch: An absolute path that does not exist yet; its parent does.
  public init(scratch: String) { self.scratch = scratch }

  /// Everything, the most important first.
  public func examine() -> [Finding] {
    var findings = [kernel()]
    let seal = tryToSeal()
    findings.append(seal)
    findings.append(limits())
    guard seal.state != .missing else { return findings + [landlock()] }
    return findings + [denials(), overlay(), landlock(), counters()]
  }

  /// Linux 5.14: RLIMIT_NPROC a user namespace, overlayfs and mount_setattr in one (5.11, 5.12).
  private func kernel() -> Finding {
    var system = utsname()
    uname(&system)
    let release = withUnsafeBytes(of: &system.release) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let machine = withUnsafeBytes(of: &system.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    let numbers = release.split(whereSeparator: { !$0.isNumber }).prefix(2).compactMap { Int($0) }
    let isEnough = numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 14)
    return Finding(
      "kernel", isEnough ? .ok : .limited,
      "Linux \(release), \(machine), \(sysconf(Int32(_SC_NPROCESSORS_ONLN))) cores",
      consequence: isEnough ? "" : "Belljar is tested from 5.14 on; what an older one lacks fails closed",
      remedy: isEnough ? nil : "upgrade to Linux 5.14 or later")
  }

  /// Launches /bin/true under the narrowest policy.
  private func tryToSeal() -> Finding {
    let subject = "sealed run"
    do {
      let jar = Jar(
        policy: try Policy.builtIn("strict"), arguments: ["/bin/true"], budget: Budget(wall: .seconds(10)))
      let outcome = try Sandbox(forked: ()).run(jar).outcome
      if outcome.succeeded {
        let user = Identity.current.privileged ? "a user that owns nothing" : "the caller"
        return Finding(subject, .ok, "/bin/true ran in seven namespaces; outside its user is \(user)")
      }
      guard case .notStarted(let stage, let number, let advice) = outcome.reason else {
        return Finding(subject, .missing, "/bin/true \(outcome.reason)")
      }
      return Finding(
        subject, .missing, "\(stage): \(errorText(number))",
        consequence: advice.isEmpty ? "nothing can run" : advice, remedy: Obstacle.remedy(stage: stage, errno: number))
    } catch {
      return Finding(
        subject, .missing, "\(error)",
        consequence: "nothing can run; a process that is itself in a sandbox may not make another")
    }
  }

  private func limits() -> Finding {
    if let groups = Cgroups.shared {
      return Finding("limits", .ok, "memory and processes by \(groups.label), in \(groups.place)")
    }
    let version2 = access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0
    return Finding(
      "limits", .limited,
      version2 ? "cgroup v2, and no folder of it may be written" : "no cgroup folder may be written",
      consequence: "memory and processes are polled every 10 ms; outcomes say 'polled'",
      remedy: version2
        ? "systemd-run --user --scope -p Delegate=yes -- belljar ..." : "run as root, or have the folder delegated")
  }

  /// Whether the filter can tell what it denied.
  private func denials() -> Finding {
    let subject = "denied calls"
    let jar = try? Jar(
      policy: Policy.builtIn("strict"), arguments: ["/bin/sh", "-c", "unshare --user true 2>/dev/null; true"],
      budget: Budget(wall: .seconds(10)))
    guard let jar, let outcome = try? Sandbox(forked: ()).run(jar).outcome, outcome.succeeded else {
      return Finding(subject, .limited, "the trial did not run")
    }
    if outcome.denied.contains(where: { $0.call == "unshare" }) {
      return Finding(subject, .ok, "reported by name (seccomp user notification)")
    }
    return Finding(
      subject, .limited, "not reported: this process is under another filter that is watched, or unshare(1) is missing",
      consequence: "denied calls answer EPERM, and outcomes don't list them")
  }

  /// A copy-on-write view with a deletion, a new folder, and a folder in place of one below, where the layers will lie.
  private func overlay() -> Finding {
    let subject = "overlay"
    let folders = ["", "/lower", "/upper", "/work"].map { scratch + $0 }
    let identity = Identity.current
    for folder in folders {
      guard mkdir(folder, 0o755) == 0 || errno == EEXIST else {
        return Finding(subject, .limited, "\(folder): \(errorText(errno))", remedy: "make its parent writable")
      }
      if identity.privileged { chown(folder, identity.user, identity.group) }
    }
    defer { removeTrial() }
    close(open("\(scratch)/lower/old", O_CREAT | O_WRONLY | O_CLOEXEC, 0o644))
    mkdir("\(scratch)/lower/again", 0o755)
    if identity.privileged {
      for name in ["old", "again"] { chown("\(scratch)/lower/\(name)", identity.user, identity.group) }
    }
    let place = "/home/belljar/tree"
    let tree = Jar.Mount(
      .overlay(layers: [folders[1]], upper: folders[2], work: folders[3]), source: place, destination: place)
    let jar = try? Jar(
      policy: Policy.builtIn("strict"),
      arguments: [
        "/bin/sh", "-c", "rm old && mkdir new && echo x > new/file && rmdir again && mkdir again",
      ],
      directory: place, mounts: [tree], budget: Budget(wall: .seconds(10)))
    guard let jar, let outcome = try? Sandbox(forked: ()).run(jar).outcome else {
      return Finding(subject, .limited, "the trial did not run")
    }
    guard outcome.succeeded, access("\(scratch)/upper/new/file", F_OK) == 0 else {
      return Finding(
        subject, .limited, "a copy-on-write view in \(scratch): \(outcome.reason)",
        consequence: "'run' works; 'score' and 'loop' do not",
        remedy: "set XDG_STATE_HOME to a folder on ext4, xfs or btrfs (or on tmpfs, since Linux 6.6)")
    }
    return Finding(subject, .ok, "copy-on-write views work where layers lie")
  }

  /// The trial's own few files; overlayfs leaves some in a folder of mode 0.
  private func removeTrial(_ folder: String? = nil) {
    let folder = folder ?? scratch
    chmod(folder, 0o700)
    for name in folderNames(folder) ?? [] where unlink("\(folder)/\(name)") != 0 { removeTrial("\(folder)/\(name)") }
    rmdir(folder)
  }

  private func landlock() -> Finding {
    let version = belljar_landlock_version()
    guard version > 0 else {
      return Finding("Landlock", .ok, "not there", consequence: "mounts alone decide what is visible")
    }
    return Finding("Landlock", .ok, "version \(version)", consequence: "a second wall beside the mounts")
  }

  private func counters() -> Finding {
    let level = readText("/proc/sys/kernel/perf_event_paranoid").flatMap { Int($0.prefix { !$0.isWhitespace }) }
    let found = level.map { "kernel.perf_event_paranoid is \($0)" } ?? "no perf events"
    return Finding(
      "counters", .ok, found,
      consequence: "what programs need of the processor can be counted up to level 2, where it has counters")
  }
}
