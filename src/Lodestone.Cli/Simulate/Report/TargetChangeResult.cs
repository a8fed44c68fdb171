namespace Lodestone.Cli.Simulate.Report;

/// <summary>What a change of targets does to flows of one load balancer, through a gateway's own tables and the model of the packet programs. Shares are of all flows.</summary>
/// <param name="Targets">Targets before.</param>
/// <param name="Change">What happens.</param>
/// <param name="Flows">Flows that were open.</param>
/// <param name="OnGone">Flows whose target is gone.</param>
/// <param name="Moved">Flows that go elsewhere, at once.</param>
/// <param name="MovedAlive">Of these, flows whose target lives: none may.</param>
/// <param name="MovedLater">Flows that go elsewhere when the window has ended although their target lives: none may.</param>
/// <param name="NewOnLeaving">New flows that go to a target that is gone or leaves: none may.</param>
/// <param name="SlotsChanged">Share of slots whose owner is another, and whose flows are kept by records.</param>
/// <param name="SlotsFewest">The share that has to change for even slots.</param>
internal sealed record TargetChangeResult(
    int Targets,
    string Change,
    int Flows,
    double OnGone,
    double Moved,
    double MovedAlive,
    double MovedLater,
    double NewOnLeaving,
    double SlotsChanged,
    double SlotsFewest);
