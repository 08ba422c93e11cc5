package import Agents

extension HarnessFile {
  /// Strikes the values of its secrets, as they are set in an environment, out of what is stored: those of its steps, and the keys of
  /// its agents' and judges' models.
  package func secretStriker(_ environment: [String: String]) -> SecretStriker {
    let names = steps.flatMap(\.step.secrets) + askers.flatMap(ModelAccess.secretNames)
    return SecretStriker(
      variables: Set(names).sorted().compactMap { name in environment[name].map { (name: name, value: $0) } })
  }
}
