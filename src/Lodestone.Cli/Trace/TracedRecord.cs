using Lodestone.Datapath.Layout;

namespace Lodestone.Cli.Trace;

/// <summary>A flow's record, in a report.</summary>
internal sealed record TracedRecord(FlowState State, int IdleSeconds, uint Real);
