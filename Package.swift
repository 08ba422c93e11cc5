// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .treatAllWarnings(as: .error),
]

/// The rows of the house: a target imports only what stands below it (docs/decisions.md).
func room(_ name: String, _ below: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: below, swiftSettings: strict)
}

func tests(_ name: String, _ of: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: of, swiftSettings: strict)
}

let package = Package(
  name: "belljar",
  products: [
    .executable(name: "belljar", targets: ["belljar"]),
    .library(name: "Sandbox", targets: ["Sandbox"]),
    .library(name: "Scoring", targets: ["Scoring"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
  ],
  targets: [
    .executableTarget(
      name: "belljar", dependencies: ["BelljarCommands", "CLaunchAhead"], swiftSettings: strict),
    room(
      "BelljarCommands",
      [
        "Reporting", "LoopControl", "Comparison", "Harness", "Agents", "Ledger", "Scoring", "Egress", "EgressNIO",
        "Workspace", "Sandbox", "StrictYAML", "Digests", "ScorerTemplates",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    room("Reporting", ["LoopControl", "Comparison", "Harness", "Agents", "Ledger", "Scoring", "Sandbox", "CLinux"]),
    room(
      "LoopControl",
      ["Digests", "Comparison", "Harness", "Agents", "Workspace", "Ledger", "Scoring", "Sandbox", "CLinux"]),
    room("Comparison", ["Harness", "Egress", "Workspace", "Scoring", "Sandbox"]),
    room("Harness", ["Agents", "Egress", "Sandbox", "Workspace", "Scoring", "StrictYAML", "Digests", "CLinux"]),
    room("Agents", ["Scoring", "Sandbox", "Workspace", "CZlib"]),
    .target(
      name: "Egress",
      dependencies: ["StrictYAML", "Digests"], resources: [.embedInCode("Budget/prices.yaml")],
      swiftSettings: strict),
    // Above Egress and beside all that evaluates, which is given it: the largest of what is compiled, and nobody waits for it.
    room(
      "EgressNIO",
      [
        "Egress", "Scoring", "CLinux", "TLS",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
      ]),
    room(
      "TLS",
      ["COpenSSL", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOTLS", package: "swift-nio")]),
    room("Ledger", ["SQLite", "Digests"]),
    room("SQLite", ["CSQLite"]),
    room("Scoring", ["CExpat"]),
    room("Workspace", ["Digests", "CLinux"]),
    .target(
      name: "Sandbox",
      dependencies: [
        "CSandbox", "CLinux", "CSeccomp", "CCapability", "PolicyCompiler", "Policies", "StrictYAML", "Digests",
      ],
      swiftSettings: strict, plugins: ["CompilePolicies"]),
    room("PolicyCompiler", ["CSeccomp", "Policies", "StrictYAML"]),
    // Runs while the package is built: the built-in policies as Swift values, with their filters.
    .executableTarget(name: "compile-policies", dependencies: ["PolicyCompiler", "Policies"], swiftSettings: strict),
    .plugin(
      name: "CompilePolicies", capability: .buildTool(), dependencies: ["compile-policies"],
      path: "Sources/CompilePolicies"),
    room("StrictYAML", ["CYAML"]),
    room("Digests", ["CSodium"]),
    .target(
      name: "Policies", path: "policies",
      resources: [
        .embedInCode("strict.yaml"), .embedInCode("build.yaml"), .embedInCode("test.yaml"),
        .embedInCode("agent.yaml"), .embedInCode("groups.yaml"),
      ],
      swiftSettings: strict),
    .target(
      name: "ScorerTemplates", path: "templates", sources: ["Templates.swift"],
      resources: [
        .embedInCode("command.yaml"), .embedInCode("benchmark.yaml"), .embedInCode("tests.yaml"),
        .embedInCode("judge.yaml"), .embedInCode("words.sh"), .embedInCode("rubric.md"),
        .embedInCode("pack.awk"), .embedInCode("sweep.awk"), .embedInCode("cheat.awk"), .embedInCode("make.py"),
        .embedInCode("score.py"), .embedInCode("make.sh"), .embedInCode("score.sh"), .embedInCode("swift/Bins.swift"),
        .embedInCode("package.txt"), .embedInCode("build.sh"), .embedInCode("days.py"), .embedInCode("tests.py"),
        .embedInCode("cheat.py"),
      ],
      swiftSettings: strict),
    // The scorer that `belljar scorer new --language swift` writes, so that it is built with the library that it uses.
    .executableTarget(
      name: "example-scorer", dependencies: ["Scoring"], path: "templates/swift", swiftSettings: strict),
    .target(name: "CSandbox", cSettings: [.define("_GNU_SOURCE"), .unsafeFlags(["-Wall", "-Wextra", "-Werror"])]),
    .target(name: "CLaunchAhead", dependencies: ["CSandbox"]),
    .target(name: "CLinux", cSettings: [.define("_GNU_SOURCE")]),
    .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
    .systemLibrary(name: "CCapability", pkgConfig: "libcap", providers: [.apt(["libcap-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .target(
      name: "TestCertificate", dependencies: ["TLS"], path: "fixtures/certificate", swiftSettings: strict),
    .target(name: "BenchmarkTiming", path: "benchmarks/timing", swiftSettings: strict),
    .executableTarget(
      name: "launch-benchmark", dependencies: ["BenchmarkTiming", "Sandbox"], path: "benchmarks/launch",
      swiftSettings: strict),
    .executableTarget(
      name: "evaluation-benchmark", dependencies: ["BenchmarkTiming", "Harness", "Scoring", "Workspace", "Sandbox"],
      path: "benchmarks/evaluation", swiftSettings: strict),
    .executableTarget(
      name: "ledger-benchmark", dependencies: ["Harness", "Ledger", "Workspace", "Digests"], path: "benchmarks/ledger",
      swiftSettings: strict),
    .executableTarget(
      name: "compare-benchmark", dependencies: ["BenchmarkTiming", "Comparison", "Scoring", "Sandbox"],
      path: "benchmarks/compare",
      swiftSettings: strict),
    .executableTarget(
      name: "egress-benchmark",
      dependencies: [
        "BenchmarkTiming", "Egress", "EgressNIO", "TLS", "TestCertificate",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ],
      path: "benchmarks/egress", swiftSettings: strict),
    tests("SandboxTests", ["Sandbox", "PolicyCompiler", "Policies", "Workspace", "CSandbox", "CSeccomp"]),
    tests("HostileTests", ["Sandbox", "StrictYAML", "CLinux"]),
    tests(
      "CheatTests",
      ["belljar", "LoopControl", "Harness", "Ledger", "Scoring", "Sandbox", "Workspace", "StrictYAML"]),
    tests("ToolchainTests", ["StrictYAML"]),
    tests("ScoringTests", ["Scoring"]),
    tests("WorkspaceTests", ["Workspace", "Digests", "CLinux"]),
    tests("StrictYAMLTests", ["StrictYAML"]),
    tests("HarnessTests", ["Harness", "Scoring", "Sandbox", "Workspace", "Digests", "StrictYAML"]),
    tests("ComparisonTests", ["Comparison", "Reporting", "Harness", "Scoring", "Sandbox", "Workspace"]),
    tests("AgentsTests", ["Agents", "Sandbox", "Scoring", "Workspace", "Digests"]),
    tests(
      "TLSTests",
      [
        "TLS", "TestCertificate",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOTLS", package: "swift-nio"),
      ]),
    tests(
      "EgressTests",
      [
        "Egress", "EgressNIO", "Sandbox", "TLS", "TestCertificate",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOEmbedded", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
      ]),
    tests("SQLiteTests", ["SQLite"]),
    tests("LedgerTests", ["Ledger", "SQLite", "Digests"]),
    tests(
      "LoopControlTests",
      [
        "LoopControl", "Comparison", "Harness", "Agents", "Egress", "EgressNIO", "Ledger", "Scoring", "Sandbox",
        "Workspace", "Digests",
      ]),
    tests("ReportingTests", ["Reporting", "Agents", "Ledger"]),
    // The program itself is a dependency so that it is built: these tests run it.
    tests(
      "BelljarCommandsTests",
      ["belljar", "example-scorer", "Agents", "Harness", "Ledger", "Workspace", "Digests"]),
  ]
)
