internal import Egress
internal import EgressNIO

/// How this program serves the network of sandboxes.
let networkServers: EgressServers = { policy, gateway, log in EgressServer(policy: policy, gateway: gateway, log: log) }
