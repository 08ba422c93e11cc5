/// Compares two numbers without noise, such as a size in bytes or a count of instructions.
///
/// - Parameters:
///   - candidate: In the same unit as `champion`.
///   - champion: What the candidate is measured against.
///   - direction: Which way is better.
///   - margin: The change that counts, as a fraction of the champion's absolute value. With a champion of 0 any change
///     counts.
/// - Returns: `better` or `worse` for a change beyond the margin, `same` for one within it or exactly on it, and
///   `undecided` when a number is not finite.
public func compareDeterministic(
  candidate: Double, champion: Double, direction: Direction, margin: Double = 0
) -> Answer {
  guard candidate.isFinite, champion.isFinite, margin.isFinite, margin >= 0 else { return .undecided }
  let gain = direction == .minimize ? champion - candidate : candidate - champion
  // A change that is on the margin but for rounding is within it.
  let slack = margin > 0 ? 4 * max(abs(candidate), abs(champion)).ulp : 0
  let limit = margin * abs(champion) + slack
  if gain > limit { return .better }
  return gain < -limit ? .worse : .same
}
