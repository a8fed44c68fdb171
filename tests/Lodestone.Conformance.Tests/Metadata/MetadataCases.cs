using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Metadata;

/// <summary>What names, labels, annotations and finalizers may be.</summary>
public sealed class MetadataCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("configmaps", "A")]
    [InlineData("configmaps", "a_b")]
    [InlineData("configmaps", "-a")]
    [InlineData("configmaps", "a.")]
    [InlineData("secrets", "a b")]
    [InlineData("leases", "A")]
    [InlineData("networks", "A")]
    [InlineData("networks", "a_b")]
    [InlineData("roles", "a/b")]
    [InlineData("roles", "..")]
    public async Task Create_BadName_IsInvalid(string plural, string name)
    {
        var kind = Kind.Of(plural);
        Answer answer = await Api.PostAsync(kind.In(Namespace), kind.Manifest(name));
        answer.Is(422).Has("reason", "Invalid").Has("details.name", name).Has("details.kind", kind.Name)
            .Has("details.causes[0].reason", "FieldValueInvalid").Has("details.causes[0].field", "metadata.name");
        Assert.StartsWith($"{kind.KindAndGroup} \"{name}\" is invalid: metadata.name: Invalid value: \"{name}\": ", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task Create_NameOf254Letters_IsInvalid() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest(new string('a', 254)))).Is(422).Has("details.causes[0].field", "metadata.name");

    [Case]
    public async Task Create_NameOf253Letters_IsFine() => await CreateAsync(Kind.ConfigMap, new string('a', 253));

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_BadLabelKey_IsInvalid(string plural)
    {
        var kind = Kind.Of(plural);
        Answer answer = await Api.PostAsync(kind.In(Namespace), kind.Manifest("a", """{"metadata":{"labels":{"a/b/c":"1"}}}"""));
        answer.Is(422).Has("reason", "Invalid").Has("details.causes[0].field", "metadata.labels").Has("details.causes[0].reason", "FieldValueInvalid");
    }

    [Cases]
    [InlineData("configmaps", "not valid")]
    [InlineData("networks", "-x")]
    [InlineData("networks", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Create_BadLabelValue_IsInvalid(string plural, string value)
    {
        var kind = Kind.Of(plural);
        Answer answer = await Api.PostAsync(kind.In(Namespace), kind.Manifest("a", $$$$"""{"metadata":{"labels":{"x":"{{{{value}}}}"}}}"""));
        answer.Is(422).Has("details.causes[0].field", "metadata.labels");
        Assert.StartsWith($"{kind.KindAndGroup} \"a\" is invalid: metadata.labels: Invalid value: \"{value}\": ", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task Create_BadAnnotationKey_IsInvalid() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", """{"metadata":{"annotations":{"not valid":"1"}}}"""))).Is(422)
            .Has("details.causes[0].field", "metadata.annotations");

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_AnnotationsBeyond256Kibibytes_AreTooLong(string plural)
    {
        var kind = Kind.Of(plural);
        string text = new('x', 256 * 1024);
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest("a", $$$$"""{"metadata":{"annotations":{"a":"{{{{text}}}}"}}}"""))).Is(422)
            .Has("details.causes[0].reason", "FieldValueTooLong").Has("details.causes[0].field", "metadata.annotations");
    }

    [Case]
    public async Task Create_BadFinalizer_IsInvalid() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", """{"metadata":{"finalizers":["not valid"]}}"""))).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].reason", "FieldValueInvalid");

    [Case]
    public async Task Create_UnknownFinalizerWithoutDomain_IsInvalidForBuiltIns() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", """{"metadata":{"finalizers":["hold"]}}"""))).Is(422)
            .Has("details.causes[0].reason", "FieldValueInvalid");

    [Case]
    public async Task Create_BothDeletionFinalizers_IsInvalid() =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", """{"metadata":{"finalizers":["orphan","foregroundDeletion"]}}"""))).Is(422);

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Create_SeveralProblems_AreAllNamed(string plural)
    {
        var kind = Kind.Of(plural);
        Answer answer = await Api.PostAsync(kind.In(Namespace), kind.Manifest("A", """{"metadata":{"labels":{"x":"not valid"},"annotations":{"not valid":"1"}}}"""));
        string[] fields = [.. answer.Is(422)["details.causes"].AsArray().Select(c => (string)c!["field"]!)];
        Assert.Contains("metadata.name", fields);
        Assert.Contains("metadata.labels", fields);
        Assert.Contains("metadata.annotations", fields);
        Assert.Contains(" is invalid: [", answer.Get("message"), StringComparison.Ordinal);
    }

    [Case]
    public async Task Create_LabelWithPrefixAndEmptyValue_IsFine() =>
        (await CreateAsync(Kind.Network, "a", """{"metadata":{"labels":{"example.com/x":"","X_y.z":"A-b_c.d"}}}""")).Has("metadata.labels['X_y.z']", "A-b_c.d");

    [Case]
    [Differs("before 1.29 such finalizers are taken without a word", "as newer versions: a Warning for each that is new", Since = 29)]
    public async Task Write_FinalizerWithoutDomainOnCustomObject_IsWarnedOf()
    {
        string? Warning(string name) => Differs ? null
            : $"299 - \"metadata.finalizers: \\\"{name}\\\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers\"";
        (await Api.PostAsync(Kind.Network.In(Namespace), Kind.Network.Manifest("a", """{"metadata":{"finalizers":["hold","example.com/hold","foregroundDeletion"]}}""")))
            .Is(201).HasHeader("Warning", Warning("hold"));
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a"), """{"metadata":{"finalizers":["hold","more.example.com"]}}""")).Is(200).HasHeader("Warning", Warning("more.example.com"));
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a"), """{"metadata":{"labels":{"a":"b"}}}""")).Is(200).HasHeader("Warning", null);
        (await Api.MergeAsync(Kind.Network.At(Namespace, "a"), """{"metadata":{"finalizers":null}}""")).Is(200).HasHeader("Warning", null);
    }

    // Only a DELETE begins a deletion.
    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Update_DeletionTimestamp_IsImmutable(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"deletionTimestamp":"2020-01-01T00:00:00Z"}}""")).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].reason", "FieldValueInvalid").Has("details.causes[0].field", "metadata.deletionTimestamp")
            .Has("details.causes[0].message", "Invalid value: 2020-01-01 00:00:00 +0000 UTC: field is immutable");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Update_WithoutAName_IsBadRequest(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        string message = "the name of the object (a based on URL) was undeterminable: name must be provided";
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"name":null}}""")).Is(400).Has("reason", "BadRequest").Has("message", message);
        JsonObject manifest = kind.Manifest("a");
        ((JsonObject)manifest["metadata"]!).Remove("name");
        (await Api.PutAsync(kind.At(Namespace, "a"), manifest)).Is(400).Has("reason", "BadRequest").Has("message", message);
    }

    [Case]
    public async Task Update_ResourceVersionZero_IsNone()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.MergeAsync(Kind.ConfigMap.At(Namespace, "a"), """{"metadata":{"resourceVersion":"0"},"data":{"a":"2"}}""")).Is(200).Has("data.a", "2");
    }
}
