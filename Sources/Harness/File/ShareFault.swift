internal import Sandbox
package import StrictYAML

/// Why the share of the machine that a loop has can't be what it says.
package struct ShareFault: Error, Sendable, Hashable {
  package enum Key: String, Sendable { case cores, memory }
  /// Which key of `loop` it is about.
  package let key: Key
  package let why: String
}

extension HarnessFile {
  /// What this machine has.
  package struct Offer: Sendable {
    package let cores: Int
    /// In bytes.
    package let memory: Int

    package init(cores: Int, memory: Int) {
      self.cores = cores
      self.memory = memory
    }

    package static var machine: Offer {
      Offer(cores: MachineShare.machineCores.count, memory: MachineShare.machineMemory)
    }
  }

  /// What one sandbox of a step may take of the loop's memory: nobody else's part of it, whatever runs beside it. Nil where the loop has
  /// no share of its own.
  package func memoryEach(step name: String) -> Int? { loop.memory.map { $0 / sandboxesAtOnce(step: name) } }

  /// How many sandboxes a step may have beside it, itself included.
  private func sandboxesAtOnce(step name: String) -> Int {
    let isJoined = scorers.contains { $0.isInteractive && (name == "\($0.name).run" || name == "\($0.name).score") }
    return loop.parallel * (isJoined ? 2 : 1)
  }

  /// What is wrong with the loop's share: with what the file says elsewhere, and with what the machine has.
  package func shareFault(on machine: Offer? = nil) -> ShareFault? {
    if let cores = loop.cores, let machine, cores > machine.cores {
      return ShareFault(
        key: .cores,
        why:
          "\(cores) processors are more than the \(machine.cores) that this process may use; say \(machine.cores) or "
          + "fewer")
    }
    if let memory = loop.memory, let machine, memory > machine.memory {
      return ShareFault(
        key: .memory,
        why: "\(Quantity.bytes(memory)) are more than this machine's \(Quantity.bytes(machine.memory)); say less")
    }
    for (name, step) in steps {
      // An agent's own budget stands before its step's.
      let budget = askers.first { $0.name == name }?.budget.merged(over: step.budget) ?? step.budget
      if let fault = fault(of: budget, step: name) { return fault }
    }
    return nil
  }

  private func fault(of budget: Budget, step name: String) -> ShareFault? {
    if let cores = loop.cores, let wanted = budget.cores, wanted > cores {
      return ShareFault(
        key: .cores,
        why: "the step '\(name)' has a budget of \(wanted) cores, and all of the loop \(cores); raise 'loop.cores', or "
          + "lower 'cores' in that step's budget")
    }
    guard let memory = loop.memory, let each = memoryEach(step: name) else { return nil }
    let count = sandboxesAtOnce(step: name)
    let beside =
      count == 1
      ? "" : "\(count) sandboxes at a time ('parallel' and 'interactive') leave each \(Quantity.bytes(each)): "
    if each < Self.leastMemory {
      return ShareFault(key: .memory, why: "\(beside)a sandbox needs 1 MB at least; raise 'loop.memory'")
    }
    guard let wanted = budget.memory, wanted > each else { return nil }
    return ShareFault(
      key: .memory,
      why: beside + "the step '\(name)' has a budget of \(Quantity.bytes(wanted)), and all of the loop "
        + "\(Quantity.bytes(memory)); raise 'loop.memory', or lower 'memory' in that step's budget"
        + (loop.parallel > 1 ? " or 'loop.parallel'" : ""))
  }

  private static let leastMemory = 1_000_000

  /// A fault with its place in the file.
  package func error(of fault: ShareFault) -> YAMLError {
    do throws(YAMLError) {
      let top = try YAMLValue(parsing: text, file: file).mapping()
      return try (top["loop"]?.mapping()[fault.key.rawValue])?.error(fault.why) ?? top.error(fault.why)
    } catch { return error }
  }
}
