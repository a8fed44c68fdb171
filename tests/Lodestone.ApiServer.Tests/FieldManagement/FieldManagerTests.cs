using System.Text;
using System.Text.Json.Nodes;
using Lodestone.Api.Json;
using Lodestone.Api.Resources;
using Lodestone.ApiServer.FieldManagement;
using Lodestone.ApiServer.Json;

namespace Lodestone.ApiServer.Tests.FieldManagement;

/// <summary>What the API adds to ownership: identities, times, limits, kubectl's annotation (facts 2.1, 2.4 to 2.6).</summary>
public sealed class FieldManagerTests
{
    private const string Version = "networking.ironcore.dev/v1alpha1";
    private readonly Clock _clock = new();
    private readonly FieldManager _manager;

    public FieldManagerTests() => _manager = new FieldManager(ResourceDefinitions.LoadBalancer, _clock);

    [Fact]
    public void Create_Object_WriterOwnsWhatItSaysButNotItsIdentityNorStatus() =>
        Assert.Equal(
            Sample.Json(
                "[{'manager':'kubectl-create','operation':'Update','apiVersion':'networking.ironcore.dev/v1alpha1','time':'2026-01-01T00:00:00Z','fieldsType':'FieldsV1',"
                + "'fieldsV1':{'f:metadata':{'f:annotations':{'.':{},'f:a':{}},'f:labels':{'.':{},'f:app':{}}},'f:spec':{'.':{},'f:networkRef':{},'f:ports':{},'f:type':{}}}}]"),
            Text(_manager.Create(Object("'labels':{'app':'x'},'annotations':{'a':'b'},'uid':'u','generation':1,'creationTimestamp':'2026-01-01T00:00:00Z'", "'type':'Public','networkRef':{'name':'n'},'ports':[{'port':80}]", "'targets':3"), "kubectl-create")));

    [Fact]
    public void Create_NamelessManager_IsUnknown() => Assert.Contains("\"manager\":\"unknown\"", Text(_manager.Create(Object("", "'type':'Public'"), "")), StringComparison.Ordinal);

    [Fact]
    public void Update_Status_IsAnEntryOfItsOwn()
    {
        byte[] live = Object("", "'type':'Public'");
        RawJson? fields = _manager.Create(live, "m");
        _clock.Advance();

        fields = _manager.Update(live, Object("", "'type':'Public'", "'targets':3"), fields, null, "m", "status");

        Assert.Equal(["m Update  2026-01-01T00:00:00Z {\"f:spec\":{\".\":{},\"f:type\":{}}}", "m Update status 2026-01-01T00:00:01Z {\"f:status\":{\".\":{},\"f:targets\":{}}}"], Entries(fields));
    }

    [Fact]
    public void Update_SpecThroughStatus_IsNotOwned()
    {
        byte[] live = Object("", "'type':'Public'");
        RawJson? fields = _manager.Create(live, "m");

        Assert.Equal(Text(fields), Text(_manager.Update(live, Object("'labels':{'a':'b'}", "'type':'Internal'"), fields, null, "other", "status")));
    }

    [Fact]
    public void Update_NothingChanged_KeepsText()
    {
        byte[] live = Object("", "'type':'Public'");
        RawJson? fields = _manager.Create(live, "m");
        _clock.Advance();

        Assert.Equal(Text(fields), Text(_manager.Update(live, live, fields, fields, "other", "")));
    }

    [Fact]
    public void Update_ObjectWithoutManagers_IsNotTracked() =>
        Assert.Null(_manager.Update(Object("", "'type':'Public'"), Object("", "'type':'Internal'"), null, null, "m", ""));

    [Theory]
    [InlineData("[]")]
    [InlineData("[{}]")]
    public void Update_ManagersReset_AreForgotten(string sent)
    {
        byte[] live = Object("", "'type':'Public'");

        Assert.Null(_manager.Update(live, live, _manager.Create(live, "m"), Raw(sent), "m", ""));
    }

    [Theory]
    [InlineData("[{'manager':'x','operation':'Paint','apiVersion':'v1','fieldsType':'FieldsV1','fieldsV1':{}}]")]
    [InlineData("[{'manager':'x','operation':'Update','fieldsType':'FieldsV1','fieldsV1':{}}]")]
    [InlineData("[{'manager':'x','operation':'Update','apiVersion':'v1','fieldsV1':{}}]")]
    [InlineData("[{'manager':'x','operation':'Update','apiVersion':'v1','fieldsType':'FieldsV2','fieldsV1':{}}]")]
    [InlineData("[{'manager':'x','operation':'Update','apiVersion':'v1','fieldsType':'FieldsV1','fieldsV1':{'f':{}}}]")]
    [InlineData("[{'manager':'x','operation':'Update','apiVersion':'v1','fieldsType':'FieldsV1','time':'yesterday'}]")]
    [InlineData("[1]")]
    public void Update_UndecodableManagers_AreIgnored(string sent)
    {
        byte[] live = Object("", "'type':'Public'");
        RawJson? fields = _manager.Create(live, "m");

        Assert.Equal(Text(fields), Text(_manager.Update(live, live, fields, Raw(sent), "m", "")));
    }

    [Fact]
    public void Update_ManagersEdited_AreTaken()
    {
        byte[] live = Object("", "'type':'Public'");
        RawJson sent = Raw($"[{{'manager':'x','operation':'Apply','apiVersion':'{Version}','time':'2026-01-01T00:00:00Z','fieldsType':'FieldsV1','fieldsV1':{{'f:spec':{{'f:type':{{}}}}}}}}]");

        Assert.Equal(Text(sent), Text(_manager.Update(live, live, _manager.Create(live, "m"), sent, "m", "")));
        Assert.NotEqual(Text(sent), Text(_manager.Update(live, live, _manager.Create(live, "m"), sent, "m", "status")));
    }

    [Fact]
    public void Update_ManyManagers_OldestAreFoldedIntoOne()
    {
        byte[] live = Object("", "'type':'Public'");
        RawJson? fields = _manager.Create(live, "m0");
        string labels = "";
        for (int i = 1; i <= 12; i++)
        {
            _clock.Advance();
            labels += $"{(i == 1 ? "" : ",")}'l{i}':'x'";
            byte[] next = Object($"'labels':{{{labels}}}", "'type':'Public'");
            fields = _manager.Update(live, next, fields, null, $"m{i}", "");
            live = next;
        }

        string[] entries = [.. Entries(fields)];

        Assert.Equal(10, entries.Length);
        Assert.StartsWith("ancient-changes Update  2026-01-01T00:00:03Z {\"f:metadata\":{\"f:labels\":{\".\":{},\"f:l1\":{},\"f:l2\":{},\"f:l3\":{}}},\"f:spec\"", entries[0], StringComparison.Ordinal);
        Assert.StartsWith("m4 ", entries[1], StringComparison.Ordinal);
        Assert.StartsWith("m12 ", entries[9], StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ObjectWithoutManagers_WhatWasThereIsBeforeFirstApplys()
    {
        byte[] live = Object("'labels':{'a':'b'}", "'type':'Public'", "'targets':1");

        (Value next, RawJson? fields) = _manager.Apply(live, null, Config("'labels':{'c':'d'}"), "alice", "", false);

        Assert.Equal("{\"a\":\"b\",\"c\":\"d\"}", Sample.Text(next.Map!["metadata"].Map!["labels"]));
        Assert.Equal(
            [
                "alice Apply  2026-01-01T00:00:00Z {\"f:metadata\":{\"f:labels\":{\"f:c\":{}}}}",
                "before-first-apply Update  2026-01-01T00:00:00Z {\"f:metadata\":{\"f:labels\":{\".\":{},\"f:a\":{}}},\"f:spec\":{\".\":{},\"f:type\":{}}}",
            ],
            Entries(fields));
    }

    [Fact]
    public void Apply_ObjectWithoutManagers_ChangeConflictsWithBeforeFirstApply()
    {
        FieldConflictException exception = Assert.Throws<FieldConflictException>(
            () => _manager.Apply(Object("", "'type':'Public'"), null, Config("", "'type':'Internal'"), "alice", "", false));

        Assert.Equal($"Apply failed with 1 conflict: conflict with \"before-first-apply\" using {Version}: .spec.type", exception.Message);
    }

    [Fact]
    public void Apply_OnlyAName_LeavesNoEntry() => Assert.Null(_manager.Apply([], null, Config(""), "alice", "", false).ManagedFields);

    [Fact]
    public void Apply_Status_OwnsOnlyStatus()
    {
        byte[] live = Object("", "'type':'Public'");

        (_, RawJson? fields) = _manager.Apply(live, _manager.Create(live, "m"), Config("'labels':{'a':'b'}", "'type':'Internal'", "'targets':2"), "alice", "status", false);

        Assert.Equal("alice Apply status 2026-01-01T00:00:00Z {\"f:status\":{\"f:targets\":{}}}", Entries(fields).First());
    }

    [Fact]
    public void Apply_SameValueAsAnother_SharesWithoutTime()
    {
        byte[] live = Object("", "'type':'Public'");

        (Value next, RawJson? fields) = _manager.Apply(live, _manager.Create(live, "m"), Config("", "'type':'Public'"), "alice", "", false);

        Assert.Equal(ValueReader.ReadObject(live), next);
        Assert.Equal(["alice Apply  none {\"f:spec\":{\"f:type\":{}}}", "m Update  2026-01-01T00:00:00Z {\"f:spec\":{\".\":{},\"f:type\":{}}}"], Entries(fields));
    }

    [Theory]
    [InlineData("kubectl", true)]
    [InlineData("flux", false)]
    public void Apply_ConflictThatLastAppliedExplains_IsTakenByKubectlOnly(string manager, bool isTaken)
    {
        byte[] live = Object($"'annotations':{{{LastApplied("Public")}}}", "'type':'Public'");
        RawJson? fields = _manager.Create(live, "kubectl-client-side-apply");
        Func<(Value Object, RawJson? ManagedFields)> apply = () => _manager.Apply(live, fields, Config("", "'type':'Internal'"), manager, "", false);

        if (!isTaken)
        {
            Assert.Throws<FieldConflictException>(() => apply());
            return;
        }

        (Value next, _) = apply();
        Assert.Equal("Internal", next.Map!["spec"].Map!["type"].Text);
        string annotation = next.Map["metadata"].Map!["annotations"].Map!["kubectl.kubernetes.io/last-applied-configuration"].Text!;
        Assert.Equal("Internal", (string)JsonNode.Parse(annotation)!["spec"]!["type"]!);
        Assert.EndsWith("}\n", annotation, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ByKubectl_FieldThatLastAppliedDoesNotExplain_Conflicts()
    {
        byte[] live = Object($"'annotations':{{{LastApplied("Internal")}}}", "'type':'Public'");

        Assert.Throws<FieldConflictException>(() => _manager.Apply(live, _manager.Create(live, "someone"), Config("", "'type':'Internal'"), "kubectl", "", false));
    }

    [Fact]
    public void Apply_ByKubectl_WithoutAnnotation_GetsNone() =>
        Assert.True(_manager.Apply([], null, Config("", "'type':'Internal'"), "kubectl", "", false).Object.Map!["metadata"].Map!["annotations"].IsAbsent);

    [Fact]
    public void Apply_ByKubectl_AnnotationThatWouldBeTooLong_IsDropped()
    {
        byte[] live = Object($"'annotations':{{{LastApplied("Public")}}}", "'type':'Public'");

        (Value next, _) = _manager.Apply(live, _manager.Create(live, "kubectl-client-side-apply"), Config($"'annotations':{{'long':'{new string('x', 150 << 10)}'}}", "'type':'Public'"), "kubectl", "", false);

        Assert.Equal(["long"], next.Map!["metadata"].Map!["annotations"].Map!.Members.ToArray().Select(m => m.Key));
    }

    [Theory]
    [InlineData("'time':'2026-01-01T00:00:00Z'", "'time':'2026-01-01T00:00:01Z'", true)]
    [InlineData("'time':'2026-01-01T00:00:00Z'", "'subresource':'status'", false)]
    public void AreSame_TwoLists_IgnoresTimes(string left, string right, bool expected)
    {
        RawJson Of(string member) => Raw($"[{{'manager':'x','operation':'Update','apiVersion':'v1',{member},'fieldsType':'FieldsV1','fieldsV1':{{'f:a':{{}}}}}}]");

        Assert.Equal(expected, FieldManager.AreSame(Of(left), Of(right)));
        Assert.True(FieldManager.AreSame(null, null));
        Assert.False(FieldManager.AreSame(Of(left), null));
    }

    private static string LastApplied(string type) =>
        $"'kubectl.kubernetes.io/last-applied-configuration':'{{\\'apiVersion\\':\\'{Version}\\',\\'kind\\':\\'LoadBalancer\\',\\'metadata\\':{{\\'name\\':\\'a\\'}},\\'spec\\':{{\\'type\\':\\'{type}\\'}}}}'";

    private static byte[] Object(string metadata, string spec, string? status = null) => Encoding.UTF8.GetBytes(Sample.Json(
        $"{{'apiVersion':'{Version}','kind':'LoadBalancer','metadata':{{'name':'a','namespace':'n','resourceVersion':'1'{(metadata.Length == 0 ? "" : ",")}{metadata}}},'spec':{{{spec}}}{(status is null ? "" : $",'status':{{{status}}}")}}}"));

    private static Value Config(string metadata, string? spec = null, string? status = null) => Sample.Value(
        $"{{'apiVersion':'{Version}','kind':'LoadBalancer','metadata':{{'name':'a'{(metadata.Length == 0 ? "" : ",")}{metadata}}}{(spec is null ? "" : $",'spec':{{{spec}}}")}{(status is null ? "" : $",'status':{{{status}}}")}}}");

    private static RawJson Raw(string text) => new(Encoding.UTF8.GetBytes(Sample.Json(text)));

    private static string Text(RawJson? json) => Encoding.UTF8.GetString(json!.Value.Utf8.Span);

    private static IEnumerable<string> Entries(RawJson? json) => ((JsonArray)JsonNode.Parse(json!.Value.Utf8.Span)!).Select(e =>
        $"{e!["manager"]} {e["operation"]} {e["subresource"]} {e["time"]?.ToString() ?? "none"} {e["fieldsV1"]!.ToJsonString()}");

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Advance() => _now += TimeSpan.FromSeconds(1);

        public override DateTimeOffset GetUtcNow() => _now;
    }
}
