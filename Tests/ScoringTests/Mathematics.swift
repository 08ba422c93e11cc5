#if canImport(Glibc)
  import Glibc

  func log(_ value: Double) -> Double { Glibc.log(value) }
  func exp(_ value: Double) -> Double { Glibc.exp(value) }
  func cos(_ value: Double) -> Double { Glibc.cos(value) }
#elseif canImport(Musl)
  import Musl

  func log(_ value: Double) -> Double { Musl.log(value) }
  func exp(_ value: Double) -> Double { Musl.exp(value) }
  func cos(_ value: Double) -> Double { Musl.cos(value) }
#endif
