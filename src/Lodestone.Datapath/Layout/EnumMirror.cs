namespace Lodestone.Datapath.Layout;

/// <summary>The values of a C# enum, to be compared with those of the C enum.</summary>
/// <param name="CName">The C enum's tag.</param>
/// <param name="Values">Every value, under its C name.</param>
public sealed record EnumMirror(string CName, IReadOnlyDictionary<string, long> Values);
