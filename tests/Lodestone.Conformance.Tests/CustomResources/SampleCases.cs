using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.CustomResources;

public sealed class SampleCases(Target target) : ConformanceCase(target)
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "samples");

    [Case]
    public async Task Create_Samples_AreAcceptedAsTheyStand()
    {
        foreach (string file in Directory.EnumerateFiles(Folder, "*.yaml", SearchOption.AllDirectories).Order())
        {
            foreach (string document in File.ReadAllText(file).Split("\n---\n", StringSplitOptions.RemoveEmptyEntries))
            {
                Kind kind = Kind.OfManifest(document);
                await AcceptAsync(kind, document);
            }
        }
    }

    private async Task AcceptAsync(Kind kind, string yaml)
    {
        Answer answer = await Api.SendAsync(HttpMethod.Post, $"{kind.In("default")}?dryRun=All&fieldValidation=Strict", yaml, KubeClient.Yaml);
        answer.Is(201).Matches($$$"""{"kind":"{{{kind.Name}}}","metadata":{"uid":"<uid>"}}""");
        Assert.Empty(answer.Headers("Warning"));
    }
}
