import Comparison
import Testing
import Workspace

@Suite("Which revisions are compared") struct RevisionPlanTests {
  private static let harness = """
    name: x
    surface: {editable: [a]}
    scorers:
      - {name: g, kind: exit-code, role: gate, run: "true"}
    """

  private func repository() throws -> Repository {
    let repository = try Repository()
    try repository.commit("one", ["a": "1\n", "belljar.yaml": Self.harness])
    try repository.commit("two", ["a": "2\n"])
    return repository
  }

  private func base(
    _ repository: Repository, _ name: String? = nil, in sub: String = "", environment: [String: String] = [:]
  ) throws -> String {
    switch try repository.plan(name, in: sub, environment: environment) {
    case .plan(let plan): plan.firstRun.map { "first: \($0)" } ?? plan.baseSide.about
    case .ended(let report): "ended: \(report.failure?.why ?? "")"
    }
  }

  @Test("on a branch it is the merge base with main; a remote's main stands before a local one")
  func branch() throws {
    let repository = try repository()
    try repository.shell("git checkout -q -b work && echo 3 > a && git commit -q -a -m three && git checkout -q main")
    try repository.commit("elsewhere", ["b": "1\n"])
    try repository.shell("git checkout -q work")
    #expect(try base(repository).hasSuffix(", the merge base with main"))
    try repository.shell("git update-ref refs/remotes/origin/main HEAD~1")
    #expect(try base(repository).hasSuffix(", the merge base with origin/main"))
  }

  @Test("on main it is the last commit while something is changed, and the parent when nothing is")
  func main() throws {
    let repository = try repository()
    #expect(try base(repository).contains(", the parent of "))
    try repository.write("a", "3\n")
    #expect(try base(repository).hasSuffix(", the last commit"))
  }

  @Test("in GitHub's checkout of a pull request it is the first parent of the merge commit")
  func pullRequest() throws {
    let repository = try repository()
    try repository.shell(
      "git checkout -q -b work HEAD~1 && echo 1 > c && git add c && git commit -q -m c && git checkout -q main && git merge -q --no-ff -m merge work && git checkout -q --detach"
    )
    let merge = try #require(try RevisionReader(folder: repository.folder).revision("HEAD")).commit
    let environment = [
      "GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_SHA": merge, "GITHUB_BASE_REF": "main",
    ]
    #expect(try base(repository, environment: environment).contains("the target of the pull request"))
  }

  @Test("a branch whose tip merges its target is not taken for GitHub's merge commit")
  func mergedTarget() throws {
    let repository = try repository()
    try repository.shell(
      "git checkout -q -b work HEAD~1 && echo 1 > c && git add c && git commit -q -m c && git merge -q --no-ff -m merge main && git update-ref refs/remotes/origin/main main"
    )
    let reader = RevisionReader(folder: repository.folder)
    let main = try #require(try reader.revision("main"))
    let environment = [
      "GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "main",
      "GITHUB_SHA": "0123456789012345678901234567890123456789",
    ]
    #expect(try base(repository, environment: environment) == "\(main.short), the merge base with origin/main")
  }

  @Test("a pull request's target that was not fetched is told, and nothing is taken in its place")
  func targetMissing() throws {
    let repository = try repository()
    try repository.shell("git checkout -q -b work && git commit -q --allow-empty -m w1")
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "release"]
    let said = try base(repository, environment: environment)
    #expect(said.hasPrefix("ended: the pull request is for release, but there is no origin/release here"))
    #expect(said.contains("set 'fetch-depth: 0'"))
  }

  @Test("what a job has written into its checkout doesn't make the last commit the base")
  func writtenByJob() throws {
    let repository = try repository()
    try repository.write("built", "1\n")
    #expect(try base(repository).hasSuffix(", the last commit"))
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/main", "GITHUB_BASE_REF": ""]
    #expect(try base(repository, environment: environment).contains(", the parent of "))
    try repository.shell("git branch -q -m trunk")
    #expect(try base(repository, environment: environment).contains("there is no main branch"))
  }

  @Test("where a workflow checks out the branch itself, it is the merge base with the pull request's target")
  func branchOfPullRequest() throws {
    let repository = try repository()
    try repository.shell(
      "git update-ref refs/remotes/origin/release HEAD~1 && git checkout -q -b work && git commit -q --allow-empty -m w1 && git commit -q --allow-empty -m w2"
    )
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge", "GITHUB_BASE_REF": "release"]
    #expect(try base(repository, environment: environment).hasSuffix(", the merge base with origin/release"))
  }

  @Test("a clone that was cut off says which fetch-depth to set")
  func shallow() throws {
    let repository = try repository()
    try repository.shell("git clone -q --depth 1 file://$PWD clone && git -C clone remote remove origin")
    #expect(try base(repository, in: "/clone").contains("set 'fetch-depth: 2'"))
    #expect(
      try base(repository, "v1", in: "/clone").contains("there is no commit 'v1' here, because the clone is shallow"))
    #expect(try base(repository, "v1", in: "/clone").contains("set 'fetch-depth: 0'"))
    let environment = ["GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/pull/7/merge"]
    #expect(try base(repository, in: "/clone", environment: environment).contains("set 'fetch-depth: 2'"))
  }

  @Test("the first commit, and a repository without one, are first runs")
  func first() throws {
    let repository = try Repository()
    try repository.write("belljar.yaml", Self.harness)
    #expect(try base(repository) == "first: the repository has no commit yet")
    try repository.commit("one", ["a": "1\n"])
    #expect(try base(repository).hasSuffix("is the first commit"))
  }

  @Test("a folder in no repository has no base")
  func noRepository() throws {
    let repository = try repository()
    try repository.shell("rm -rf .git")
    #expect(try base(repository).contains("is in no git work tree"))
  }

  @Test("a branch of the target is found as origin's, a name that is none is told")
  func names() throws {
    let repository = try repository()
    try repository.shell("git update-ref refs/remotes/origin/release HEAD~1")
    #expect(try base(repository, "release").hasPrefix("origin/release ("))
    #expect(
      try base(repository, "nothing")
        == "ended: there is no commit 'nothing' here; `git fetch` may bring it, or name another BASE")
  }
}
