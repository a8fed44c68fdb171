using Lodestone.Cli.Lab.Scenarios.ChangeBalancers;
using Lodestone.Cli.Lab.Scenarios.ChangeGateways;
using Lodestone.Cli.Lab.Scenarios.ContainFaults;
using Lodestone.Cli.Lab.Scenarios.KillGateway;
using Lodestone.Cli.Lab.Scenarios.KillHypervisor;
using Lodestone.Cli.Lab.Scenarios.LoseControl;

namespace Lodestone.Cli.Lab.Scenarios;

/// <summary>The scenarios there are.</summary>
internal static class ScenarioRegistry
{
    /// <summary>All, in the order in which they are run; the first is number 1.</summary>
    public static IReadOnlyList<LabScenario> All { get; } = [new KillGatewayScenario(), new ChangeGatewaysScenario(), new KillHypervisorScenario(), new LoseControlScenario(), new ChangeBalancersScenario(), new ContainFaultsScenario()];

    /// <summary>Those that a user named, by name or number; all, where none is named.</summary>
    /// <exception cref="CommandException">There is none of that name.</exception>
    public static IReadOnlyList<LabScenario> Select(IReadOnlyList<string> names) => names.Count == 0
        ? All
        : [.. names.Select(name => All.Select((scenario, i) => (scenario, number: $"{i + 1}")).FirstOrDefault(known => known.scenario.Name == name || known.number == name).scenario
            ?? throw new CommandException($"there is no scenario '{name}'; 'lodestone lab run --list' shows them.", ExitCodes.Usage))];
}
