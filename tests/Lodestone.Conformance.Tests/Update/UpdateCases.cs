using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Update;

public sealed class UpdateCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("configmaps", "data")]
    [InlineData("secrets", "data")]
    public async Task Put_BuiltInChanged_IsStored(string plural, string member)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        created.Json[member]!["b"] = "Mg==";
        Answer updated = (await Api.PutAsync(kind.At(Namespace, "a"), created.Json)).Is(200);
        updated.Matches($$$"""{"metadata":{"uid":"{{{created.Uid}}}","creationTimestamp":"{{{created.Get("metadata.creationTimestamp")}}}"},"{{{member}}}":{"b":"Mg=="}}""");
        Assert.NotEqual(created.ResourceVersion, updated.ResourceVersion);
        (await Api.GetAsync(kind.At(Namespace, "a"))).IsExactly(updated.Text);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("secrets")]
    [InlineData("serviceaccounts")]
    [InlineData("roles")]
    public async Task Put_BuiltInWithoutVersion_ReplacesTheLatest(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        Answer updated = (await Api.PutAsync(kind.At(Namespace, "a"), kind.Manifest("a", """{"metadata":{"labels":{"x":"1"}}}"""))).Is(200);
        updated.Has("metadata.labels.x", "1").Has("metadata.uid", created.Uid);
    }

    [Cases]
    [InlineData("leases")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    [InlineData("prefixes")]
    public async Task Put_WithoutVersionWhereItIsAskedFor_IsInvalid(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.PutAsync(kind.At(Namespace, "a"), kind.Manifest("a"))).IsFailure(
            422, "Invalid", $"{kind.Resource} \"a\" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update",
            $$"""{"name":"a","group":"{{kind.Group}}","kind":"{{plural}}","causes":[{{Cause("FieldValueInvalid", "Invalid value: 0x0: must be specified for an update", "metadata.resourceVersion")}}]}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("leases")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    public async Task Put_StaleVersion_IsAConflict(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        (await Api.MergeAsync(kind.At(Namespace, "a"), """{"metadata":{"labels":{"x":"1"}}}""")).Is(200);
        created.Json["metadata"]!["labels"] = new JsonObject { ["x"] = "2" };
        (await Api.PutAsync(kind.At(Namespace, "a"), created.Json)).IsFailure(
            409, "Conflict",
            $"Operation cannot be fulfilled on {kind.Resource} \"a\": the object has been modified; please apply your changes to the latest version and try again",
            kind.Details("a"));
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Put_OtherUid_IsAConflict(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        string uid = created.Uid;
        created.Json["metadata"]!["uid"] = "11111111-1111-1111-1111-111111111111";
        Answer answer = await Api.PutAsync(kind.At(Namespace, "a"), created.Json);
        answer.IsFailure(
            409, "Conflict",
            $"</Operation cannot be fulfilled on {kind.Resource} \"a\": .*Precondition failed: UID in precondition: 11111111-1111-1111-1111-111111111111, UID in object meta: {uid}/>",
            kind.Details("a"));
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Put_ObjectThatIsNot_NotFound(string plural)
    {
        var kind = Kind.Of(plural);
        (await Api.PutAsync(kind.At(Namespace, "a"), kind.Manifest("a", """{"metadata":{"resourceVersion":"1"}}""")))
            .IsFailure(404, "NotFound", $"{kind.Resource} \"a\" not found", kind.Details("a"));
    }

    [Case]
    public async Task Put_LeaseThatIsNot_IsCreated() =>
        (await Api.PutAsync(Kind.Lease.At(Namespace, "a"), Kind.Lease.Manifest("a"))).Is(201).Matches("""{"metadata":{"name":"a","uid":"<uid>"}}""");

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Put_OtherNameInBody_IsRefused(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.PutAsync(kind.At(Namespace, "a"), kind.Manifest("b"))).IsFailure(
            400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)");
    }

    [Case]
    public async Task Put_OtherNamespaceInBody_IsRefused()
    {
        await CreateAsync(Kind.ConfigMap, "a");
        (await Api.PutAsync(Kind.ConfigMap.At(Namespace, "a"), Kind.ConfigMap.Manifest("a", """{"metadata":{"namespace":"other"}}"""))).Is(400).Has("reason", "BadRequest");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    [InlineData("loadbalancers")]
    [InlineData("addresspools")]
    public async Task Put_Unchanged_WritesNothing(string plural)
    {
        var kind = Kind.Of(plural);
        string name = Unique("x");
        Answer created = await CreateAsync(kind, name);
        Answer updated = (await Api.PutAsync(kind.At(Namespace, name), created.Json)).Is(200);
        Assert.Equal(created.ResourceVersion, updated.ResourceVersion);
    }

    [Case]
    public async Task Put_SpecChanged_GenerationGrows()
    {
        Answer created = await CreateAsync(Kind.LoadBalancer, "a");
        created.Json["spec"]!["ports"]![0]!["port"] = 81;
        Answer updated = (await Api.PutAsync(Kind.LoadBalancer.At(Namespace, "a"), created.Json)).Is(200).Has("metadata.generation", "2");
        updated.Json["metadata"]!["labels"] = new JsonObject { ["x"] = "1" };
        updated.Json["metadata"]!["generation"] = 9;
        (await Api.PutAsync(Kind.LoadBalancer.At(Namespace, "a"), updated.Json)).Is(200).Has("metadata.generation", "2").Has("metadata.labels.x", "1");
    }

    [Case]
    public async Task Put_StatusInBody_IsIgnored()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        created.Json["status"] = new JsonObject { ["state"] = "Available" };
        created.Json["metadata"]!["labels"] = new JsonObject { ["x"] = "1" };
        (await Api.PutAsync(Kind.Network.At(Namespace, "a"), created.Json)).Is(200).HasNot("status.state").Has("metadata.labels.x", "1");
    }

    [Case]
    public async Task Put_CreationTimestampInBody_IsKept()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a");
        string time = created.Get("metadata.creationTimestamp");
        created.Json["metadata"]!["creationTimestamp"] = "2001-01-01T00:00:00Z";
        created.Json["data"]!["a"] = "2";
        (await Api.PutAsync(Kind.ConfigMap.At(Namespace, "a"), created.Json)).Is(200).Has("metadata.creationTimestamp", time);
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("networks")]
    public async Task Put_DryRun_ChangesNothing(string plural)
    {
        var kind = Kind.Of(plural);
        Answer created = await CreateAsync(kind, "a");
        string before = created.Text;
        created.Json["metadata"]!["labels"] = new JsonObject { ["x"] = "1" };
        (await Api.PutAsync(kind.At(Namespace, "a") + "?dryRun=All", created.Json)).Is(200).Has("metadata.labels.x", "1").Has("metadata.uid", created.Uid);
        (await Api.GetAsync(kind.At(Namespace, "a"))).IsExactly(before);
    }

    [Case]
    public async Task Put_ImmutableConfigMap_CannotChange()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a", """{"immutable":true}""");
        created.Json["data"]!["a"] = "2";
        (await Api.PutAsync(Kind.ConfigMap.At(Namespace, "a"), created.Json)).IsFailure(
            422, "Invalid", "ConfigMap \"a\" is invalid: data: Forbidden: field is immutable when `immutable` is set",
            Kind.ConfigMap.InvalidDetails("a", Cause("FieldValueForbidden", "Forbidden: field is immutable when `immutable` is set", "data")));
    }

    [Case]
    public async Task Put_TypeOfSecret_CannotChange()
    {
        Answer created = await CreateAsync(Kind.Secret, "a");
        created.Json["type"] = "example.com/other";
        (await Api.PutAsync(Kind.Secret.At(Namespace, "a"), created.Json)).Is(422)
            .Matches("""{"reason":"Invalid","details":{"name":"a","kind":"Secret","causes":[{"reason":"FieldValueInvalid","field":"type"}]}}""");
    }

    [Case]
    public async Task Put_RoleOfBinding_CannotChange()
    {
        Answer created = await CreateAsync(Kind.RoleBinding, "a");
        created.Json["roleRef"]!["name"] = "b";
        (await Api.PutAsync(Kind.RoleBinding.At(Namespace, "a"), created.Json)).Is(422)
            .Matches("""{"reason":"Invalid","details":{"causes":[{"reason":"FieldValueInvalid","field":"roleRef"}]}}""");
    }

    [Case]
    [Differs("any change of a valid object is accepted", "IronCore's rule: the type of a LoadBalancer can't be changed", IsOfCustomResource = true)]
    public async Task Put_TypeOfLoadBalancer_CannotChange()
    {
        Answer created = await CreateAsync(Kind.LoadBalancer, "a");
        created.Json["spec"]!["type"] = "Internal";
        Answer answer = await Api.PutAsync(Kind.LoadBalancer.At(Namespace, "a"), created.Json);
        if (Differs)
        {
            answer.Is(200);
            return;
        }

        answer.Is(422).Matches("""{"reason":"Invalid","details":{"causes":[{"reason":"FieldValueForbidden","field":"spec.type"}]}}""");
    }

    [Case]
    public async Task Put_TwoWriters_OneWins()
    {
        Answer created = await CreateAsync(Kind.ConfigMap, "a");
        IEnumerable<Task<Answer>> writes = Enumerable.Range(0, 8).Select(i =>
        {
            JsonNode body = created.Json.DeepClone();
            body["data"]!["a"] = $"writer {i}";
            return Api.PutAsync(Kind.ConfigMap.At(Namespace, "a"), body);
        });
        Answer[] answers = await Task.WhenAll(writes);
        Answer winner = Assert.Single(answers, a => a.Code == 200);
        Assert.All(answers.Where(a => a != winner), a => a.Is(409).Has("reason", "Conflict"));
        (await Api.GetAsync(Kind.ConfigMap.At(Namespace, "a"))).Has("data.a", winner.Get("data.a"));
    }

    [Case]
    public async Task Put_Collection_IsNotAllowed() => (await Api.PutAsync(Kind.ConfigMap.In(Namespace), "{}")).Is(405);

    [Case]
    [Differs("400 \"name must be provided\"", "405, as for Kubernetes' own kinds", IsOfCustomResource = true)]
    public async Task Put_CollectionOfCustomObjects_IsNotAllowed() =>
        (await Api.PutAsync(Kind.Network.In(Namespace), "{}")).Is(Differs ? 400 : 405);
}
