namespace Lodestone.ControllerBench.Scenarios;

/// <summary>How large the world is and how long things are looked at.</summary>
internal sealed record BenchScale
{
    public int LoadBalancers { get; init; } = 10_000;

    public int InterfacesPerLoadBalancer { get; init; } = 10;

    public int Networks { get; init; } = 100;

    public TimeSpan Rest { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long labels are changed at each rate.</summary>
    public TimeSpan Changes { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Keys each controller works on at the same time.</summary>
    public int Workers { get; init; } = 2;

    public int Interfaces => LoadBalancers * InterfacesPerLoadBalancer;
}
