namespace Lodestone.Kernel.Tests.Live;

/// <summary>The same with an uplink that tc serves.</summary>
public sealed class LiveTcRun() : LiveRun(isServedByTc: true);
