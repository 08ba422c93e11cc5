internal import Egress

/// What every connection of one listener shares.
struct DoorContext: Sendable {
  let policy: EgressPolicy
  /// Hosts that the gateway stands for, which the proxy must not lead to.
  let served: Set<HostName>
  let dialer: Dialer
  let log: @Sendable (EgressRecord) -> Void
}
