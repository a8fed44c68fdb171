namespace Lodestone.Cli.Lab;

/// <summary>A machine to build.</summary>
/// <param name="Name">Its name, also that of its port at the switch.</param>
/// <param name="Workloads">Names of the workloads behind it.</param>
internal sealed record LabHostPlan(string Name, params IReadOnlyList<string> Workloads);
