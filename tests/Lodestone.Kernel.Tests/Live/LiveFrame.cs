namespace Lodestone.Kernel.Tests.Live;

/// <summary>A frame of a case: as it was sent, and as it was caught.</summary>
/// <param name="Case">The case, and the number of its packet.</param>
/// <param name="Sent">What went in.</param>
/// <param name="Caught">What came out.</param>
public sealed record LiveFrame(string Case, byte[] Sent, byte[] Caught);
