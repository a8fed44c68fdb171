namespace Lodestone.Cli.Simulate.Report;

/// <summary>What an agent's answer to a change costs.</summary>
/// <param name="Change">What changed.</param>
/// <param name="Events">Events that told of it.</param>
/// <param name="PlanMs">Milliseconds from the caches to the desired state; the median where it was repeated.</param>
/// <param name="ApplyMs">Milliseconds to write the difference to maps in memory.</param>
/// <param name="ReportMs">Milliseconds to find out which statuses say something else; 0 on a machine that is no gateway.</param>
/// <param name="Writes">Slots and entries written.</param>
/// <param name="AllocatedBytes">What planning allocated.</param>
internal sealed record ChangeResult(string Change, int Events, double PlanMs, double ApplyMs, double ReportMs, long Writes, long AllocatedBytes);
