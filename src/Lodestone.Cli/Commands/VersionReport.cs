namespace Lodestone.Cli.Commands;

/// <summary>What <c>lodestone version -o json</c> prints.</summary>
internal sealed record VersionReport(string Version, string Runtime);
