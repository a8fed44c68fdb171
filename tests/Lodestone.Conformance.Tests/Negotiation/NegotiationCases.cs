using System.IO.Compression;
using System.Net;
using System.Text;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Negotiation;

public sealed class NegotiationCases(Target target) : ConformanceCase(target)
{
    private const string Partial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string PartialList = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    [Cases]
    [InlineData("configmaps", "application/json")]
    [InlineData("configmaps", "*/*")]
    [InlineData("configmaps", "application/bogus, application/json")]
    [InlineData("configmaps", "application/json;q=0.9")]
    [InlineData("networks", "application/json")]
    [InlineData("networks", "application/vnd.kubernetes.protobuf,application/json")]
    [InlineData("networks", "application/json;as=Bogus;g=meta.k8s.io;v=v1,application/json")]
    public async Task Get_Accept_IsJson(string plural, string accept)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        Answer answer = (await Api.GetAsync(kind.At(Namespace, "a"), accept)).Is(200).Has("kind", kind.Name);
        Assert.Equal("application/json", answer.ContentType);
    }

    [Case]
    public async Task Get_AcceptOfOthersForCustomKind_IsNotAcceptable()
    {
        await CreateAsync(Kind.Network, "a");
        Answer answer = (await Api.GetAsync(Kind.Network.At(Namespace, "a"), "image/png")).Is(406).Has("reason", "NotAcceptable");
        Assert.StartsWith("only the following media types are accepted: application/json", answer.Get("message"), StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("configmaps", "text/html")]
    [InlineData("secrets", "application/xml")]
    [Differs("the message is \"406: Not Acceptable\" for Kubernetes' own kinds", "the message lists what can be had, as for all kinds")]
    public async Task Get_AcceptOfOthers_IsNotAcceptable(string plural, string accept)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        Answer answer = (await Api.GetAsync(kind.At(Namespace, "a"), accept)).Is(406).Matches("""{"kind":"Status","status":"Failure","reason":"NotAcceptable","code":406}""");
        if (Differs)
        {
            answer.Has("message", "406: Not Acceptable");
            return;
        }

        Assert.StartsWith("only the following media types are accepted: application/json", answer.Get("message"), StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Get_AcceptYaml_IsYaml(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        Answer answer = (await Api.GetAsync(kind.At(Namespace, "a"), KubeClient.Yaml)).Is(200);
        Assert.Equal("application/yaml", answer.ContentType);
        Assert.Contains($"\nkind: {kind.Name}\n", "\n" + answer.Text, StringComparison.Ordinal);
        Assert.Contains("\n  name: a\n", answer.Text, StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Get_AsPartialMetadata_HasOnlyMetadata(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a", """{"metadata":{"labels":{"x":"1"}}}""");
        (await Api.GetAsync(kind.At(Namespace, "a"), Partial)).Is(200)
            .Matches($$$"""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","uid":"{{{created.Uid}}}","labels":{"x":"1"}},"data":"<absent>","spec":"<absent>"}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task List_AsPartialMetadata_HasOnlyMetadata(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.GetAsync(kind.In(Namespace) + "?fieldSelector=metadata.name%3Da", PartialList)).Is(200)
            .Matches("""{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"<rv>"},"items":[{"metadata":{"name":"a"},"data":"<absent>","spec":"<absent>"}]}""");
    }

    [Case]
    public async Task Watch_AsPartialMetadata_HasOnlyMetadata()
    {
        await CreateAsync(Kind.Network, "a");
        using WatchStream watch = await Api.WatchAsync(Kind.Network.In(Namespace) + "?watch=true", Partial);
        (await watch.NextAsync()).Is("ADDED", "a").Matches("""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","spec":"<absent>"}""");
    }

    [Cases]
    [InlineData("?pretty=true", null)]
    [InlineData("", "curl/8.0")]
    [InlineData("", "Mozilla/5.0")]
    public async Task Get_Pretty_IsIndented(string query, string? agent)
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (string, string)[] headers = agent is null ? [] : [("User-Agent", agent)];
        Answer answer = (await Api.SendAsync(HttpMethod.Get, Kind.ConfigMap.At(Namespace, "a") + query, headers: headers)).Is(200);
        Assert.StartsWith("{\n  \"kind\": \"ConfigMap\",\n", answer.Text.Replace("{\n  \"apiVersion\": \"v1\",\n  \"kind\"", "{\n  \"kind\"", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Case]
    public async Task Get_NotPretty_IsOneLine()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        Assert.DoesNotContain('\n', (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Is(200).Text.TrimEnd('\n'));
    }

    [Case]
    public async Task Get_LargeWithGzip_IsCompressed()
    {
        var manifest = Kind.ConfigMap.Manifest("a");
        manifest["data"]!["a"] = new string('x', 300_000);
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), manifest)).Is(201);
        Answer answer = await Api.SendAsync(HttpMethod.Get, Kind.ConfigMap.At(Namespace, "a"), headers: [("Accept-Encoding", "gzip")]);
        answer.Is(200).HasHeader("Content-Encoding", "gzip").HasHeader("Vary", "Accept-Encoding");
        using var unpacked = new StreamReader(new GZipStream(new MemoryStream(answer.Content), CompressionMode.Decompress), Encoding.UTF8);
        Assert.Contains("\"kind\":\"ConfigMap\"", await unpacked.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Case]
    public async Task Get_SmallWithGzip_IsNotCompressed()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.SendAsync(HttpMethod.Get, Kind.ConfigMap.At(Namespace, "a"), headers: [("Accept-Encoding", "gzip")])).Is(200).HasHeader("Content-Encoding", null);
    }

    [Case]
    public async Task Http2_ManyAtOnce_AreAnswered()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        using KubeClient client = Target.Connect(version: HttpVersion.Version20);
        Answer[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.GetAsync(Kind.ConfigMap.At(Namespace, "a"))));
        Assert.All(answers, a => a.Is(200));
    }

    [Case]
    public async Task Head_Object_HasNoBody()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        Answer answer = await Api.SendAsync(HttpMethod.Head, Kind.ConfigMap.At(Namespace, "a"));
        Assert.Empty(answer.Content);
        Assert.True(answer.Code is 200 or 405, answer.ToString());
    }
}
