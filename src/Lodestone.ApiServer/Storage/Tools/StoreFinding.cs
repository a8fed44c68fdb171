namespace Lodestone.ApiServer.Storage.Tools;

/// <summary>Damage that a check found.</summary>
/// <param name="File">The file.</param>
/// <param name="Offset">Where in it, in bytes; null where the whole file is meant.</param>
/// <param name="Problem">What is wrong there.</param>
public sealed record StoreFinding(string File, long? Offset, string Problem);
