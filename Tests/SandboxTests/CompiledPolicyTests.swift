import CSeccomp
import Policies
import PolicyCompiler
import Testing

@testable import Sandbox

@Suite("Policies compiled ahead") struct CompiledPolicyTests {
  @Test("are what their text says, with the filter that would be compiled now", arguments: BuiltInPolicies.names)
  func sameAsText(name: String) throws {
    let text = try #require(BuiltInPolicies.text(named: name))
    let (read, compiled) = (try Policy(yaml: text, file: "\(name).yaml"), try #require(Policy.compiled(name)))
    #expect(compiled.name == read.name && compiled.about == read.about && compiled.show == read.show)
    #expect(compiled.proc == read.proc && compiled.network == read.network && compiled.calls == read.calls)
    #expect(compiled.budget == read.budget)
    for calls in [read.calls, read.calls + ["-sched_setaffinity"]] {
      #expect(compiledFilter(calls) == (try SystemCallFilter.compile(groups: calls)))
    }
  }

  @Test("other groups have no filter made ahead")
  func otherGroups() {
    #expect(compiledFilter(["basic"]) == nil)
    #expect(Policy.compiled("none") == nil)
  }

  @Test("each call of each group is one of x86-64 or of arm64, and most are of both")
  func names() throws {
    // AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h).
    let architectures: [UInt32] = [0xc000_003e, 0xc000_00b7]
    var both = 0
    var one: [String] = []
    for name in Set(try SystemCallGroups.all().values.flatMap(\.self)).sorted() {
      let known = architectures.filter {
        seccomp_syscall_resolve_name_arch($0, name) >= 0
      }
      #expect(!known.isEmpty, "\(name)")
      if known.count == 2 { both += 1 } else { one.append(name) }
    }
    #expect(both > 200)
    #expect(one.count < 60, "\(one)")
  }
}
