internal import Digests
package import Egress
internal import Glibc
package import Sandbox
internal import Scoring
internal import Synchronization
package import Workspace

/// Where the trees of one checkout are evaluated under one harness: the frozen harness files, the tree as candidates see
/// it, what setup made, and the sandboxes. Nothing of the checkout is written; everything lies in the state folder.
///
/// Any number of threads may evaluate at once. Those whose runs are to be told apart take a bench each (`beside()`).
package final class Workbench: Sendable {
  /// What changes while it is used.
  private struct Changing {
    var layers: [String] = []
    var spending: AgentAccount?
    var pinned: [String: PinnedTests] = [:]
    var runs: [RunReport] = []
    var trial = "0"
    var judgings: [AgentRun] = []
    var triedJudges: Set<String> = []
  }

  package let harness: HarnessFile
  package let state: StateFolder
  package let store: ObjectStore
  package let sandbox: Sandbox
  /// The tree's absolute path on the host, and in every sandbox.
  package let root: String
  /// The harness file's folder.
  package let folder: String
  /// All files of the tree as they were when the loop began.
  package let base: Tree
  package let surface: Surface
  package let notes: [String]
  package let cancellation: Cancellation
  /// All files, for our own steps.
  let frozen: String
  let networkLog: NetworkLog
  /// What serves the network of steps that have one; nil where none may.
  let servers: EgressServers?
  private let changing = Mutex(Changing())
  private let folders: RunFolders
  /// While there are benches, others' cleaning leaves what they stand on.
  package let use: StateUse

  /// Takes a snapshot of the tree and lays out what every evaluation starts from. Runs setup.
  package init(
    harness: HarnessFile, folder: String, root: String, state: StateFolder, cancellation: Cancellation,
    base recorded: Tree? = nil, servers: EgressServers? = nil
  ) throws {
    self.harness = harness
    self.folder = folder
    self.root = root
    self.state = state
    self.cancellation = cancellation
    networkLog = NetworkLog(path: state.networkLog)
    self.servers = servers
    store = try ObjectStore(root: state.path)
    surface = try Surface(
      editable: harness.surface.editable, hidden: harness.surface.hidden,
      outside: harness.surface.outside == .reject ? .reject : .drop, maxFiles: harness.surface.fileLimit,
      maxBytes: harness.surface.byteLimit, fixed: Self.place(of: harness, folder: folder, root: root).map { [$0] } ?? []
    )
    use = try StateUse(stateFolder: state.path)
    try ScratchFolder.reclaim(stateFolder: state.path)
    let scratch = try ScratchFolder(stateFolder: state.path)
    folders = RunFolders(scratch)
    if let recorded {
      base = recorded
      notes = []
    } else {
      let now = Self.now()
      let listing = try TreeListing.files(root: root, only: harness.tree.only)
      notes = listing.notes
      base = try Snapshot.take(
        root: root, listing: listing.paths, store: store, now: now, owner: Self.owner, index: state.index)
    }
    let whole = try Self.materialised(base, store: store, state: state, scratch: scratch)
    var layers = [whole]
    frozen = try Self.withPlaces(harness, folder: folder, whole) { [base, store] in
      try Self.materialised(base, kind: "-with-inputs", store: store, state: state, scratch: scratch)
    }
    var hidden = Changes()
    for item in base.items where surface.isHidden(item.path) { hidden[item.path] = .remove }
    if let (path, entry) = try Self.shownHarness(harness, folder: folder, root: root, base, store) {
      hidden[path] = .write(entry)
    }
    if !hidden.isEmpty {
      // A layer that takes the hidden files away: no second copy of all the others. What setup made in a folder that has only
      // hidden files stays to be seen, so the folder is then not taken away as a whole.
      let veil = "\(scratch.path)/veil"
      try LayerFolder.materialise(
        changes: hidden, over: base, store: store, into: veil, owner: Self.owner,
        dropEmptyFolders: harness.setup == nil)
      layers.insert(veil, at: 0)
    }
    sandbox = try Sandbox(restingFor: .machine)
    changing.withLock { [layers] in $0.layers = layers }
    try refuseOpenInputs()
    if let setup = harness.setup {
      let made = try runSetup(setup)
      changing.withLock { $0.layers.append(made) }
    }
  }

  private init(beside other: Workbench) {
    harness = other.harness
    folder = other.folder
    root = other.root
    state = other.state
    cancellation = other.cancellation
    networkLog = other.networkLog
    servers = other.servers
    store = other.store
    surface = other.surface
    notes = other.notes
    base = other.base
    frozen = other.frozen
    sandbox = other.sandbox
    folders = other.folders
    use = other.use
    var copy = other.changing.withLock { $0 }
    copy.runs = []
    copy.judgings = []
    changing.withLock { [copy] in $0 = copy }
  }

  /// The same bench with runs of its own: for a candidate that is evaluated beside others. Specimens of one may be used, and
  /// discarded, on the other.
  package func beside() -> Workbench { Workbench(beside: self) }

  /// What all evaluations stand on, as folders.
  package var foundations: [String] { [frozen] + baseLayers }

  /// What takes the hidden files away, all files, then what setup made.
  var baseLayers: [String] { changing.withLock { $0.layers } }

  /// What agents may spend, and have spent; nil outside a loop, until a judge is asked.
  package var spending: AgentAccount? {
    get { changing.withLock { $0.spending } }
    set { changing.withLock { $0.spending = newValue } }
  }

  /// Under what the judges' spending is counted: the number of the try.
  package var trial: String {
    get { changing.withLock { $0.trial } }
    set { changing.withLock { $0.trial = newValue } }
  }

  /// What judges came to since the last `takeJudgings`.
  var judgings: [AgentRun] {
    get { changing.withLock { $0.judgings } }
    set { changing.withLock { $0.judgings = newValue } }
  }

  /// Judges whose programs' versions were looked at.
  var triedJudges: Set<String> {
    get { changing.withLock { $0.triedJudges } }
    set { changing.withLock { $0.triedJudges = newValue } }
  }

  /// What tests the baseline has, and which of them answer differently from run to run.
  package var pinned: [String: PinnedTests] {
    get { changing.withLock { $0.pinned } }
    set { changing.withLock { $0.pinned = newValue } }
  }

  /// All files, with a place for each of the project's inputs that is in no listing (a virtual environment, a data set):
  /// what is shown read-only can't get a mount point later. A copy of its own, so that candidates don't see the places.
  private static func withPlaces(
    _ harness: HarnessFile, folder: String, _ whole: String, copy: () throws -> String
  ) throws -> String {
    let inputs = Set(harness.steps.flatMap(\.step.inputs).filter { !$0.leavesProject }.map(\.source))
    guard !inputs.isEmpty else { return whole }
    let path = try copy()
    for input in inputs.sorted() {
      guard let place = TreePath(PathText.join(nil, input)) else { continue }
      var about = stat()
      let isFolder = stat("\(folder)/\(input)", &about) == 0 && about.st_mode & S_IFMT == S_IFDIR
      try LayerFolder.makePlace(place, isFolder: isFolder, in: path)
    }
    return path
  }

  /// A tree as a folder, made once for each content: in a scratch folder, and moved to its place when it is whole.
  private static func materialised(
    _ tree: Tree, kind: String = "", store: ObjectStore, state: StateFolder, scratch: ScratchFolder
  ) throws -> String {
    let path = "\(state.trees)/\(tree.digest)\(kind)"
    if Folders.exists(path) { return path }
    let made = "\(scratch.path)/tree\(kind)"
    // Only ever a lower layer or mounted read-only, so its files may be the objects themselves.
    try LayerFolder.materialise(tree: tree, store: store, into: made, owner: owner, sharesObjects: true)
    // On the disk before it has its name: a power cut must not leave a tree of empty files under it.
    try store.syncAll()
    // Another process may have been as far: the folders are the same then.
    guard rename(made, path) == 0 || Folders.exists(path) else {
      throw SandboxError("keep tree", path, errno: errno)
    }
    return path
  }

  /// Who owns what sandboxes read: for root, the unprivileged user that the processes inside are.
  package static var owner: Owner? {
    Identity.current.privileged ? Owner(user: Identity.current.user, group: Identity.current.group) : nil
  }

  /// Nanoseconds since the epoch.
  package static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// The tree as it was: what the loop starts from.
  package func baseline() -> Specimen {
    Specimen(name: "baseline", tree: base, changes: Changes(), layers: baseLayers)
  }

  /// A candidate from its changes against the baseline.
  package func specimen(_ name: String, changes: Changes) throws -> Specimen {
    guard !changes.isEmpty else { return baseline() }
    let tree = base.applying(changes)
    let path = folders.next("layer")
    try LayerFolder.materialise(
      changes: changes, over: base, store: store, into: path, owner: Self.owner,
      dropEmptyFolders: harness.setup == nil)
    return Specimen(name: name, tree: tree, changes: changes, layers: [path] + baseLayers)
  }

  /// The runs since the last call.
  package func takeRuns() -> [RunReport] {
    changing.withLock { changing in
      defer { changing.runs = [] }
      return changing.runs
    }
  }

  func record(_ report: RunReport) { changing.withLock { $0.runs.append(report) } }

  var runCount: Int { changing.withLock { $0.runs.count } }

  /// How many processes had to be killed when the runs of the candidate's side ended, as far back as the one with this number.
  func leftOver(since run: Int) -> Int {
    changing.withLock { $0.runs }.dropFirst(run).filter { $0.side != "ours" }.reduce(0) { $0 + $1.outcome.leftOver }
  }

  /// A new empty folder that the sandbox's user owns, for one run; the caller removes it.
  func newScratch() throws -> String { try folders.take() }

  func remove(_ paths: [String]) { folders.clear(paths) }

  /// Waits until nothing of ours is at work: before a run that is measured.
  func settle() { folders.settle() }

  /// Removes a specimen's own layers; they can be made again from the store.
  package func discard(_ specimen: Specimen) {
    discardBuild(of: specimen)
    guard specimen.layers.count > baseLayers.count, let own = specimen.layers.first else { return }
    remove([own])
  }

  /// Removes what a build left, and nothing that another build of the same candidate stands on.
  package func discardBuild(of specimen: Specimen) { remove([specimen.built, specimen.cache].compactMap { $0 }) }

  private func runSetup(_ setup: HarnessSetup) throws -> String {
    let kept = "\(state.layers)/\(Self.layer(of: setup, on: base))"
    if Folders.exists(kept + StateFolder.wholeMark) {
      // Cleaning keeps the one that was used last.
      utimensat(AT_FDCWD, kept + StateFolder.wholeMark, nil, 0)
      return kept
    }
    let upper = try newScratch()
    let work = try newScratch()
    let result = try execute(
      setup.step, name: "setup", side: "candidate", layers: baseLayers, upper: upper, work: work, extra: [],
      advises: true)
    guard result.outcome.succeeded else {
      throw EvaluationFault.invalid(
        "setup \(result.outcome.reason)" + RunReport.why(result, result.error))
    }
    if Folders.exists(kept + StateFolder.wholeMark) {
      // Another command on this checkout was first.
      remove([upper, work])
      return kept
    }
    // One that a power cut left half of would be in the way.
    try TreeRemoval.removeTree(kept)
    guard rename(upper, kept) == 0 else { throw SandboxError("keep what setup made", kept, errno: errno) }
    remove([work])
    try store.syncAll()
    close(open(kept + StateFolder.wholeMark, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600))
    return kept
  }

  /// What setup makes of a tree is kept under this name: it is run again when its command or one of its files changes.
  package static func layer(of setup: HarnessSetup, on base: Tree) -> String {
    var hasher = Hasher256()
    hasher.update("\(setup.step.command.arguments) \(setup.step.environment.sorted { $0.key < $1.key })")
    if setup.files.isEmpty { hasher.update(base.digest.description) }
    for file in setup.files {
      let entry = TreePath(file).flatMap { base[$0] }
      hasher.update("\(file) \(entry.map { "\($0.kind)" } ?? "missing")")
    }
    return "\(StateFolder.setupPrefix)\(hasher.finish())"
  }
}
