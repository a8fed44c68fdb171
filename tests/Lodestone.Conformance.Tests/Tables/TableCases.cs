using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Tables;

public sealed class TableCases(Target target) : ConformanceCase(target)
{
    private const string Table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
    private const string OldTable = "application/json;as=Table;v=v1beta1;g=meta.k8s.io";

    [Cases]
    [InlineData("configmaps", "Name Data Age")]
    [InlineData("secrets", "Name Type Data Age")]
    [InlineData("namespaces", "Name Status Age")]
    [InlineData("leases", "Name Holder Age")]
    [InlineData("roles", "Name Created At")]
    [InlineData("rolebindings", "Name Role Age Users Groups ServiceAccounts")]
    [InlineData("networks", "Name State ProviderID Age")]
    public async Task List_AsTable_HasColumns(string plural, string columns)
    {
        var kind = Kind.Of(plural);
        Answer table = (await Api.GetAsync(kind.In(Namespace), Table)).Is(200).Matches("""{"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"<rv>"}}""");
        Assert.Equal(columns, string.Join(' ', table["columnDefinitions"].AsArray().Select(c => (string?)c!["name"])));
        table.Matches("""{"columnDefinitions":"<any>"}""").Has("columnDefinitions[0].format", "name").Has("columnDefinitions[0].type", "string");
    }

    [Case]
    public async Task List_AsTable_RowsHaveMetadata()
    {
        await CreateAsync(Kind.ConfigMap, "a", """{"metadata":{"labels":{"own":"1"}}}""");
        (await Api.GetAsync(Kind.ConfigMap.In(Namespace) + "?labelSelector=own", Table)).Is(200)
            .Matches($$$"""{"rows":[{"cells":["a",1,"</\\d+s/>"],"object":{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"a","namespace":"{{{Namespace}}}"},"data":"<absent>"}}]}""");
    }

    [Case]
    public async Task List_AsTableOfCustomKind_HasCells()
    {
        await CreateAsync(Kind.Network, "a", """{"spec":{"providerID":"lodestone://7"}}""");
        Answer table = (await Api.GetAsync(Kind.Network.In(Namespace), Table)).Is(200);
        table.Has("rows[0].cells[0]", "a").Has("rows[0].cells[2]", "lodestone://7");
        Assert.Matches(@"^\d+s$", table.Get("rows[0].cells[3]"));
    }

    [Case]
    public async Task Get_AsTable_IsOneRow()
    {
        Answer created = await CreateAsync(Kind.Network, "a");
        Answer table = (await Api.GetAsync(Kind.Network.At(Namespace, "a"), Table)).Is(200).Matches($$$"""{"kind":"Table","metadata":{"resourceVersion":"{{{created.ResourceVersion}}}"}}""");
        Assert.Single(table["rows"].AsArray());
    }

    [Cases]
    [InlineData("None", "<absent>", "<absent>")]
    [InlineData("Metadata", "PartialObjectMetadata", "<absent>")]
    [InlineData("Object", "ConfigMap", "1")]
    public async Task List_IncludeObject_SaysWhatRowsHave(string include, string kind, string data)
    {
        await CreateAsync(Kind.ConfigMap, "a", """{"metadata":{"labels":{"own":"1"}}}""");
        Answer table = (await Api.GetAsync($"{Kind.ConfigMap.In(Namespace)}?labelSelector=own&includeObject={include}", Table)).Is(200);
        if (include == "None")
        {
            Assert.True(!table.Has("rows[0].object"), table.ToString());
            return;
        }

        table.Has("rows[0].object.kind", kind);
        if (data == "<absent>")
        {
            table.HasNot("rows[0].object.data");
        }
        else
        {
            table.Has("rows[0].object.data.a", data);
        }
    }

    [Case]
    public async Task List_UnknownIncludeObject_IsBadRequest() =>
        (await Api.GetAsync(Kind.ConfigMap.In(Namespace) + "?includeObject=Bogus", Table)).Is(400);

    [Case]
    public async Task List_OldTable_IsOfThatVersion() =>
        (await Api.GetAsync(Kind.ConfigMap.In(Namespace), OldTable)).Is(200).Has("apiVersion", "meta.k8s.io/v1beta1");

    [Case]
    public async Task Watch_AsTable_ColumnsComeOnce()
    {
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        using WatchStream watch = await Api.WatchAsync(Kind.Network.In(Namespace) + "?watch=true", Table);
        WatchedEvent first = (await watch.NextAsync()).Is("ADDED").Matches("""{"kind":"Table","apiVersion":"meta.k8s.io/v1"}""");
        Assert.NotEmpty(first.Object["columnDefinitions"]!.AsArray());
        Assert.Single(first.Object["rows"]!.AsArray());
        WatchedEvent second = (await watch.NextAsync()).Is("ADDED").Matches("""{"kind":"Table"}""");
        Assert.True(second.Object["columnDefinitions"] is null or System.Text.Json.Nodes.JsonArray { Count: 0 }, second.ToString());
    }

    [Case]
    public async Task List_AsTable_Pages()
    {
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        Answer first = (await Api.GetAsync(Kind.Network.In(Namespace) + "?limit=1", Table)).Is(200).Has("metadata.remainingItemCount", "1");
        Answer second = (await Api.GetAsync($"{Kind.Network.In(Namespace)}?limit=1&continue={Uri.EscapeDataString(first.Get("metadata.continue"))}", Table)).Is(200);
        second.Has("rows[0].cells[0]", "b");
    }

    [Case]
    public async Task Post_ReviewAsTable_IsNotAcceptable()
    {
        Answer answer = await Api.SendAsync(
            HttpMethod.Post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            """{"spec":{"nonResourceAttributes":{"path":"/","verb":"get"}}}""", KubeClient.Json, ("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"));
        answer.Is(406).Has("reason", "NotAcceptable");
    }
}
