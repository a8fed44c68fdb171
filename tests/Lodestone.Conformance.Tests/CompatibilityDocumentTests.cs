using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests;

/// <summary>The list of differences that users read says what the cases say.</summary>
public sealed class CompatibilityDocumentTests
{
    [Fact]
    public void Document_IsWhatTheCasesSay()
    {
        string path = Path.Combine(Root(), "docs", "api", "compatibility.md");
        string expected = CompatibilityDocument.Write();
        if (Environment.GetEnvironmentVariable("LODESTONE_UPDATE_DOCS") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(
            File.Exists(path) && File.ReadAllText(path) == expected,
            "docs/api/compatibility.md is out of date: run this test with LODESTONE_UPDATE_DOCS=1 and commit what it writes");
    }

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Lodestone.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("the tests don't run inside the repository");
        }

        return directory;
    }
}
