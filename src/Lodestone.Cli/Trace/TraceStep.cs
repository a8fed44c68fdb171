namespace Lodestone.Cli.Trace;

/// <summary>One decision in words.</summary>
/// <param name="Name">What was decided: <c>vip</c>, <c>port</c>, <c>slot</c>, <c>target</c>, <c>delivery</c>, <c>verdict</c>, <c>to do</c>, <c>program</c>.</param>
/// <param name="Text">How.</param>
internal sealed record TraceStep(string Name, string Text);
