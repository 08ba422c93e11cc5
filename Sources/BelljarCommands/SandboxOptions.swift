internal import ArgumentParser

/// What of the host a command's sandbox shows: the same options wherever one is named.
struct ShownOptions: ParsableArguments {
  @Option(name: .customLong("ro-bind"), help: ArgumentHelp("Show a path read-only.", valueName: "src[:dst]"))
  var readOnly: [String] = []
  @Option(name: .customLong("bind"), help: ArgumentHelp("Show a path writable.", valueName: "src[:dst]"))
  var writable: [String] = []
  @Option(help: ArgumentHelp("Set a variable inside.", valueName: "k=v")) var setenv: [String] = []
  @Option(help: ArgumentHelp("Working folder inside.", valueName: "dir")) var chdir: String?
  @Option(help: ArgumentHelp("Time limit, such as 10s or 2min.", valueName: "time")) var wall: String?

  /// The request with these options, without a command.
  func request(policy: String) -> RunRequest {
    var request = RunRequest()
    request.policy = policy
    request.readOnly = readOnly
    request.writable = writable
    request.setenv = setenv
    request.chdir = chdir
    request.wall = wall
    return request
  }
}

/// What a command's sandbox shows and allows: the same options for `run` and `compare`.
struct SandboxOptions: ParsableArguments {
  @Option(help: "strict, test, build, or a policy file.") var policy = "strict"
  @OptionGroup var shown: ShownOptions
  @Option(help: ArgumentHelp("Time between SIGTERM and SIGKILL at the wall limit.", valueName: "time")) var grace:
    String?
  @Option(help: ArgumentHelp("Processor time limit.", valueName: "time")) var cpu: String?
  @Option(help: ArgumentHelp("Memory limit, such as 1GB or 512MiB.", valueName: "size")) var memory: String?
  @Option(help: ArgumentHelp("Limit of processes and threads.", valueName: "n")) var processes: Int?
  @Option(help: ArgumentHelp("Limit of bytes printed.", valueName: "size")) var output: String?
  @Option(help: ArgumentHelp("Limit of bytes in /tmp, /dev/shm and home together.", valueName: "size")) var disk:
    String?
  @Option(help: ArgumentHelp("Processors that it may run on.", valueName: "n")) var cores: Int?

  /// The request with these options, without a command.
  var request: RunRequest {
    var request = shown.request(policy: policy)
    request.grace = grace
    request.cpu = cpu
    request.memory = memory
    request.processes = processes
    request.output = output
    request.disk = disk
    request.cores = cores
    return request
  }
}
