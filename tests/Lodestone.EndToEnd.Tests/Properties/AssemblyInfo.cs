using System.Runtime.Versioning;

// eBPF, network namespaces and /proc are all there is to it.
[assembly: SupportedOSPlatform("linux")]
