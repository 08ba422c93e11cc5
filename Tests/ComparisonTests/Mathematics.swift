import Glibc

func log(_ value: Double) -> Double { Glibc.log(value) }
func exp(_ value: Double) -> Double { Glibc.exp(value) }
func cos(_ value: Double) -> Double { Glibc.cos(value) }
