using System.Reflection;

namespace Lodestone.Cli.Demo;

/// <summary>The manifests of <c>samples/loadbalancer-public</c>, which the executable carries with it.</summary>
internal static class DemoSamples
{
    private const string Prefix = "samples/loadbalancer-public/";

    /// <summary>The manifest of the target that is added later, relative to the directory.</summary>
    public const string FourthTarget = "more/web-4.yaml";

    /// <summary>The manifests to begin with, relative to the directory, in the order they are applied in.</summary>
    public static IReadOnlyList<string> First { get; } =
        [.. All().Where(n => !n.Contains('/', StringComparison.Ordinal)).Order(StringComparer.Ordinal)];

    /// <summary>Writes all of them below a directory.</summary>
    public static void Extract(string directory)
    {
        foreach (string name in All())
        {
            string path = Path.Combine(directory, name);
            _ = Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using Stream manifest = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name)!;
            using FileStream file = File.Create(path);
            manifest.CopyTo(file);
        }
    }

    private static IEnumerable<string> All() =>
        Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(n => n[Prefix.Length..]);
}
