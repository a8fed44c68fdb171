namespace Lodestone.EndToEnd.Tests;

/// <summary>Tests that make labs and look at the whole machine for what is left of them: one at a time, and nothing beside.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MachineCollection
{
    public const string Name = "machine";
}
