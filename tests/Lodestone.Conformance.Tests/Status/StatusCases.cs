using System.Text.Json.Nodes;
using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Status;

public sealed class StatusCases(Target target) : ConformanceCase(target)
{
    private string Path => Kind.Network.At(Namespace, "a") + "/status";

    [Case]
    public async Task Put_Status_ChangesOnlyStatus()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        created.Json["status"] = new JsonObject { ["state"] = "Available" };
        created.Json["spec"]!["providerID"] = "x";
        Answer updated = (await Api.PutAsync(Path, created.Json)).Is(200);
        updated.Has("status.state", "Available").HasNot("spec.providerID").Has("metadata.generation", "1");
        (await Api.GetAsync(Kind.Network.At(Namespace, "a"))).IsExactly(updated.Text);
    }

    [Case]
    public async Task Put_StatusWithLabels_LabelsStay()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        created.Json["status"] = new JsonObject { ["state"] = "Available" };
        created.Json["metadata"]!["labels"] = new JsonObject { ["x"] = "1" };
        Answer updated = (await Api.PutAsync(Path, created.Json)).Is(200);
        updated.HasNot("metadata.labels.x");
    }

    [Case]
    public async Task Get_Status_IsTheWholeObject()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        (await Api.GetAsync(Path)).Is(200).IsExactly(created.Text);
    }

    [Case]
    public async Task MergePatch_Status_SpecIsIgnored()
    {
        await CreateAsync(Kind.Network, "a");
        (await Api.MergeAsync(Path, """{"spec":{"providerID":"x"},"status":{"state":"Pending"}}""")).Is(200)
            .Has("status.state", "Pending").HasNot("spec.providerID").Has("metadata.generation", "1");
    }

    [Case]
    public async Task JsonPatch_Status_IsApplied()
    {
        await CreateAsync(Kind.Network, "a");
        (await Api.JsonPatchAsync(Path, """[{"op":"add","path":"/status","value":{"state":"Pending"}}]""")).Is(200).Has("status.state", "Pending");
    }

    [Case]
    public async Task Put_StatusStale_IsAConflict()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        (await Api.MergeAsync(Path, """{"status":{"state":"Pending"}}""")).Is(200);
        created.Json["status"] = new JsonObject { ["state"] = "Available" };
        (await Api.PutAsync(Path, created.Json)).Is(409).Has("reason", "Conflict");
    }

    [Case]
    public async Task Put_StatusOfObjectThatIsNot_NotFound() =>
        (await Api.PutAsync(Path, Kind.Network.Manifest("a", """{"metadata":{"resourceVersion":"1"}}"""))).Is(404).Has("reason", "NotFound");

    [Case]
    public async Task Patch_StatusTwiceTheSame_WritesOnce()
    {
        await CreateAsync(Kind.Network, "a");
        Answer first = (await Api.MergeAsync(Path, """{"status":{"state":"Pending"}}""")).Is(200);
        Answer second = (await Api.MergeAsync(Path, """{"status":{"state":"Pending"}}""")).Is(200);
        Assert.Equal(first.ResourceVersion, second.ResourceVersion);
    }

    [Case]
    [Differs("422: the schema's enum is enforced", "accepted, as by IronCore's API server, which leaves states to controllers", IsOfCustomResource = true)]
    public async Task Patch_StatusWithWrongEnum_IsAccepted()
    {
        await CreateAsync(Kind.Network, "a");
        Answer answer = await Api.MergeAsync(Path, """{"status":{"state":"Bogus"}}""");
        if (!Differs)
        {
            answer.Is(200);
            return;
        }

        answer.Is(422).Matches("""{"reason":"Invalid","details":{"name":"a","kind":"Network","causes":[{"reason":"FieldValueNotSupported","message":"Unsupported value: \"Bogus\": supported values: \"Pending\", \"Available\", \"Error\"","field":"status.state"}]}}""");
    }

    [Cases]
    [InlineData("configmaps")]
    [InlineData("secrets")]
    [InlineData("loadbalancerroutings")]
    public async Task Get_StatusOfKindWithoutOne_NotFound(string plural)
    {
        var kind = Kind.Of(plural);
        await CreateAsync(kind, "a");
        (await Api.GetAsync(kind.At(Namespace, "a") + "/status")).Is(404);
    }

    [Case]
    public async Task Post_Status_IsNotAllowed()
    {
        await CreateAsync(Kind.Network, "a");
        (await Api.PostAsync(Path, "{}")).Is(405);
    }

    [Case]
    public async Task Delete_Status_IsNotAllowed()
    {
        await CreateAsync(Kind.Network, "a");
        (await Api.DeleteAsync(Path)).Is(405);
    }

    [Case]
    public async Task Put_StatusOfClusterScopedObject_IsStored()
    {
        string name = Unique("pool");
        await CreateAsync(Kind.AddressPool, name);
        (await Api.MergeAsync($"{Kind.AddressPool.At("", name)}/status", """{"status":{"ipv4":{"total":"256","used":"0","free":"256"}}}""")).Is(200)
            .Has("status.ipv4.total", "256");
        (await Api.DeleteAsync(Kind.AddressPool.At("", name))).Is(200);
    }

    [Case]
    public async Task Patch_NamespaceStatus_IsStored()
    {
        (await Api.MergeAsync($"/api/v1/namespaces/{Namespace}/status", """{"status":{"conditions":[{"type":"Seen","status":"True"}]}}""")).Is(200)
            .Has("status.conditions[0].type", "Seen").Has("status.phase", "Active");
    }
}
