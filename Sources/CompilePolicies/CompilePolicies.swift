import PackagePlugin

/// Has the built-in policies compiled into the `Sandbox` room whenever they change.
@main struct CompilePolicies: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    let output = context.pluginWorkDirectoryURL.appending(path: "CompiledPolicies.swift")
    return [
      .buildCommand(
        displayName: "Compiling the built-in policies", executable: try context.tool(named: "compile-policies").url,
        arguments: [output.path()], inputFiles: [], outputFiles: [output])
    ]
  }
}
