// Every argument crosses the border as it is: no hidden conversions in the bindings.
[assembly: System.Runtime.CompilerServices.DisableRuntimeMarshalling]
