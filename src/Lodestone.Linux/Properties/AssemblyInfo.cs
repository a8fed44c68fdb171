using System.Runtime.CompilerServices;

// Only blittable arguments cross into libc; the source generator does the rest at compile time.
[assembly: DisableRuntimeMarshalling]
