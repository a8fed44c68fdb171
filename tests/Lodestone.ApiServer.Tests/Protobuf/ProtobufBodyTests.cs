using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Protobuf;

namespace Lodestone.ApiServer.Tests.Protobuf;

public sealed class ProtobufBodyTests
{
    [Fact]
    public void ToJson_Namespace_HasEveryFieldThatIsSet() => Same(
        """
        {"apiVersion":"v1","kind":"Namespace",
         "metadata":{
           "name":"a","generateName":"g-","namespace":"n","selfLink":"/s","uid":"u","resourceVersion":"7","generation":3,
           "creationTimestamp":"2001-09-09T01:46:40Z","deletionTimestamp":"1970-01-01T00:00:01Z","deletionGracePeriodSeconds":0,
           "labels":{"app":"wéb","empty":""},"annotations":{"note":"hello"},
           "ownerReferences":[
             {"apiVersion":"v1","kind":"Pod","name":"p","uid":"w","controller":true,"blockOwnerDeletion":false},
             {"apiVersion":"v1","kind":"Pod","name":"q","uid":"x"}],
           "finalizers":["example.org/a","example.org/b"],
           "managedFields":[{"manager":"m","operation":"Update","apiVersion":"v1","time":"2001-09-09T01:46:40Z","fieldsType":"FieldsV1",
                             "fieldsV1":{"f:spec":{".":{}}},"subresource":"status"}]},
         "spec":{"finalizers":["kubernetes"]},
         "status":{"phase":"Active","conditions":[{"type":"T","status":"True","lastTransitionTime":"2001-09-09T01:46:40Z","reason":"R","message":"M"}]}}
        """,
        ToJson(Namespace()));

    [Fact]
    public void ToJson_Event_HasEveryFieldThatIsSet() => Same(
        """
        {"apiVersion":"v1","kind":"Event",
         "metadata":{"name":"a"},
         "involvedObject":{"kind":"Pod","namespace":"n","name":"p","uid":"u","apiVersion":"v1","resourceVersion":"7","fieldPath":"f"},
         "reason":"Pulled","message":"done","source":{"component":"kubelet","host":"h"},
         "firstTimestamp":"2001-09-09T01:46:40Z","lastTimestamp":"2001-09-09T01:46:41Z","count":-2,"type":"Normal",
         "eventTime":"2001-09-09T01:46:40.123456Z","series":{"count":4,"lastObservedTime":"2001-09-09T01:46:40.000001Z"},
         "action":"Pull","related":{"name":"r"},"reportingComponent":"c","reportingInstance":"i"}
        """,
        ToJson(Event()));

    [Fact]
    public void ToJson_Lease_HasEveryFieldThatIsSet() => Same(
        """
        {"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"a"},
         "spec":{"holderIdentity":"","leaseDurationSeconds":15,"acquireTime":"2001-09-09T01:46:40.123456Z",
                 "renewTime":"2001-09-09T01:46:40.000000Z","leaseTransitions":0,"strategy":"s","preferredHolder":"p"}}
        """,
        ToJson(Lease()));

    [Fact]
    public void ToJson_ConfigMap_HasEveryFieldThatIsSet() => Same(
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v","e":""},"binaryData":{"b":"AP8=","n":""},"immutable":false}""",
        ToJson(Of("v1", "ConfigMap", w => w
            .Entry(2, "k", "v").Entry(2, "e", "").Message(3, new ProtobufWriter().Text(1, "b").Bytes(2, [0x00, 0xff])).Message(3, new ProtobufWriter().Text(1, "n"))
            .Number(4, 0))));

    [Fact]
    public void ToJson_Secret_HasEveryFieldThatIsSet() => Same(
        """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"},"data":{"k":"dg=="},"type":"Opaque","stringData":{"s":"t"},"immutable":true}""",
        ToJson(Of("v1", "Secret", w => w.Entry(2, "k", "v").Text(3, "Opaque").Entry(4, "s", "t").Number(5, 1))));

    [Fact]
    public void ToJson_ServiceAccount_HasEveryFieldThatIsSet() => Same(
        """
        {"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"a"},
         "secrets":[{"kind":"Secret","name":"s"}],"imagePullSecrets":[{"name":"p"}],"automountServiceAccountToken":false}
        """,
        ToJson(Of("v1", "ServiceAccount", w => w
            .Message(2, new ProtobufWriter().Text(1, "Secret").Text(3, "s")).Message(3, new ProtobufWriter().Text(1, "p")).Number(4, 0))));

    [Theory]
    [InlineData("Role")]
    [InlineData("ClusterRole")]
    public void ToJson_Role_HasEveryFieldThatIsSet(string kind)
    {
        static ProtobufWriter Rule() => new ProtobufWriter().Text(1, "get").Text(1, "list").Text(2, "").Text(3, "pods").Text(4, "n").Text(5, "/x");
        string aggregation = kind == "Role" ? ""
            : """, "aggregationRule":{"clusterRoleSelectors":[{"matchLabels":{"l":"1"},"matchExpressions":[{"key":"k","operator":"In","values":["v"]}]}]}""";

        Same(
            $$"""
            {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{{kind}}","metadata":{"name":"a"},
             "rules":[{"verbs":["get","list"],"apiGroups":[""],"resources":["pods"],"resourceNames":["n"],"nonResourceURLs":["/x"]}]{{aggregation}} }
            """,
            ToJson(Of("rbac.authorization.k8s.io/v1", kind, w => w
                .Message(2, Rule())
                .Message(3, new ProtobufWriter().Message(1, new ProtobufWriter().Entry(1, "l", "1").Message(2, new ProtobufWriter().Text(1, "k").Text(2, "In").Text(3, "v")))))));
    }

    [Theory]
    [InlineData("RoleBinding")]
    [InlineData("ClusterRoleBinding")]
    public void ToJson_Binding_HasEveryFieldThatIsSet(string kind) => Same(
        $$$"""
        {"apiVersion":"rbac.authorization.k8s.io/v1","kind":"{{{kind}}}","metadata":{"name":"a"},
         "subjects":[{"kind":"ServiceAccount","name":"s","namespace":"n"},{"kind":"User","apiGroup":"g","name":"u"}],
         "roleRef":{"apiGroup":"g","kind":"Role","name":"r"}}
        """,
        ToJson(Of("rbac.authorization.k8s.io/v1", kind, w => w
            .Message(2, new ProtobufWriter().Text(1, "ServiceAccount").Text(2, "").Text(3, "s").Text(4, "n"))
            .Message(2, new ProtobufWriter().Text(1, "User").Text(2, "g").Text(3, "u").Text(4, ""))
            .Message(3, new ProtobufWriter().Text(1, "g").Text(2, "Role").Text(3, "r")))));

    [Fact]
    public void ToJson_EventOfItsOwnGroup_HasEveryFieldThatIsSet() => Same(
        """
        {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"a"},"eventTime":"2001-09-09T01:46:40.000001Z",
         "series":{"count":2,"lastObservedTime":"2001-09-09T01:46:41.000000Z"},"reportingController":"c","reportingInstance":"i","action":"A","reason":"R",
         "regarding":{"kind":"Pod"},"related":{"name":"r"},"note":"n","type":"Normal","deprecatedSource":{"component":"o","host":"h"},
         "deprecatedFirstTimestamp":"2001-09-09T01:46:40Z","deprecatedLastTimestamp":"2001-09-09T01:46:41Z","deprecatedCount":3}
        """,
        ToJson(Of("events.k8s.io/v1", "Event", w => w
            .Time(2, 1_000_000_000, 1_000).Message(3, new ProtobufWriter().Number(1, 2).Time(2, 1_000_000_001))
            .Text(4, "c").Text(5, "i").Text(6, "A").Text(7, "R").Message(8, new ProtobufWriter().Text(1, "Pod")).Message(9, new ProtobufWriter().Text(3, "r"))
            .Text(10, "n").Text(11, "Normal").Message(12, new ProtobufWriter().Text(1, "o").Text(2, "h"))
            .Time(13, 1_000_000_000).Time(14, 1_000_000_001).Number(15, 3))));

    [Theory]
    [InlineData("SubjectAccessReview")]
    [InlineData("LocalSubjectAccessReview")]
    public void ToJson_SubjectAccessReview_HasTheWholeSpec(string kind) => Same(
        $$$"""
        {"apiVersion":"authorization.k8s.io/v1","kind":"{{{kind}}}","metadata":{"name":"a"},
         "spec":{
           "resourceAttributes":{"namespace":"n","verb":"get","group":"g","version":"v1","resource":"pods","subresource":"log","name":"p",
             "fieldSelector":{"rawSelector":"a=b"},"labelSelector":{"requirements":[{"key":"k","operator":"In","values":["v"]}]}},
           "nonResourceAttributes":{"path":"/x","verb":"get"},
           "user":"u","groups":["a","b"],"extra":{"scopes":["x","y"],"none":[]},"uid":"id"}}
        """,
        ToJson(Of("authorization.k8s.io/v1", kind, w => w.Message(2, new ProtobufWriter()
            .Message(1, ResourceAttributes()).Message(2, new ProtobufWriter().Text(1, "/x").Text(2, "get"))
            .Text(3, "u").Text(4, "a").Text(4, "b")
            .Message(5, new ProtobufWriter().Text(1, "scopes").Message(2, new ProtobufWriter().Text(1, "x").Text(1, "y")))
            .Message(5, new ProtobufWriter().Text(1, "none").Message(2, new ProtobufWriter()))
            .Text(6, "id")))));

    [Fact]
    public void ToJson_OtherReviews_HaveTheWholeSpec()
    {
        Same(
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectAccessReview","metadata":{"name":"a"},"spec":{"nonResourceAttributes":{"path":"/x","verb":"get"}}}""",
            ToJson(Of("authorization.k8s.io/v1", "SelfSubjectAccessReview", w => w
                .Message(2, new ProtobufWriter().Message(2, new ProtobufWriter().Text(1, "/x").Text(2, "get"))).Message(3, new ProtobufWriter().Number(1, 0)))));
        Same(
            """{"apiVersion":"authorization.k8s.io/v1","kind":"SelfSubjectRulesReview","metadata":{"name":"a"},"spec":{"namespace":"n"}}""",
            ToJson(Of("authorization.k8s.io/v1", "SelfSubjectRulesReview", w => w.Message(2, new ProtobufWriter().Text(1, "n")))));
        Same(
            """{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview","metadata":{"name":"a"}}""",
            ToJson(Of("authentication.k8s.io/v1", "SelfSubjectReview", w => w.Message(2, new ProtobufWriter()))));
        Same(
            """{"apiVersion":"authentication.k8s.io/v1","kind":"TokenReview","metadata":{"name":"a"},"spec":{"token":"t","audiences":["x"]}}""",
            ToJson(Of("authentication.k8s.io/v1", "TokenReview", w => w.Message(2, new ProtobufWriter().Text(1, "t").Text(2, "x")))));
        Same(
            """
            {"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","metadata":{"name":"a"},
             "spec":{"audiences":["x"],"boundObjectRef":{"kind":"Pod","apiVersion":"v1","name":"p","uid":"u"},"expirationSeconds":600}}
            """,
            ToJson(Of("authentication.k8s.io/v1", "TokenRequest", w => w.Message(2, new ProtobufWriter()
                .Text(1, "x").Message(3, new ProtobufWriter().Text(1, "Pod").Text(2, "v1").Text(3, "p").Text(4, "u")).Number(4, 600)))));
    }

    [Fact]
    public void DeleteOptionsToJson_All_HasEveryFieldThatIsSet() => Same(
        """
        {"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":0,"preconditions":{"uid":"u","resourceVersion":"7"},
         "orphanDependents":false,"propagationPolicy":"Background","dryRun":["All"],"ignoreStoreReadErrorWithClusterBreakingPotential":true}
        """,
        ProtobufBody.DeleteOptionsToJson(DeleteOptions()));

    [Fact]
    public void ToJson_FieldsNobodySet_AreLeftOut()
    {
        ProtobufWriter metadata = new ProtobufWriter().Text(1, "a").Text(2, "").Number(7, 0).Message(8, new ProtobufWriter());
        ProtobufWriter raw = new ProtobufWriter().Message(1, metadata).Message(2, new ProtobufWriter()).Message(3, new ProtobufWriter().Text(1, ""));

        Same("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"},"spec":{},"status":{}}""", ToJson(ProtobufWriter.Envelope("", "", raw)));
    }

    [Fact]
    public void ToJson_FieldsInPiecesAndOutOfOrder_AreOneValue()
    {
        ProtobufWriter raw = new ProtobufWriter()
            .Message(2, new ProtobufWriter().Text(1, "x"))
            .Message(1, new ProtobufWriter().Entry(11, "a", "1").Text(1, "first").Entry(11, "b", "2"))
            .Message(1, new ProtobufWriter().Entry(11, "a", "3"))
            .Message(1, new ProtobufWriter().Text(1, "last"))
            .Message(2, new ProtobufWriter().Text(1, "y"));

        Same(
            """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"last","labels":{"a":"3","b":"2"}},"spec":{"finalizers":["x","y"]}}""",
            ToJson(ProtobufWriter.Envelope("v1", "Namespace", raw)));
    }

    [Fact]
    public void ToJson_UnknownFields_ArePassedOver()
    {
        ProtobufWriter raw = new ProtobufWriter()
            .Number(100, -1).Fixed32(101, 1).Fixed64(102, 1).Text(103, "?")
            .Message(1, new ProtobufWriter().Text(1, "a").Message(16, new ProtobufWriter().Text(1, "kubectl")));

        Same("""{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}""", ToJson(ProtobufWriter.Envelope("v1", "Namespace", raw)));
    }

    [Fact]
    public void ToJson_NamedMediaType_IsRead() => Same(
        """{"apiVersion":"v1","kind":"Namespace"}""",
        ToJson(ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter(), mediaType: ProtobufBody.MediaType)));

    public static TheoryData<string, byte[]> Malformed => new()
    {
        { "does not begin with", [] },
        { "does not begin with", "{}"u8.ToArray() },
        { "the envelope holds Pod in version \"v1\"", ProtobufWriter.Envelope("v1", "Pod", new ProtobufWriter()) },
        { "the envelope holds Namespace in version \"v2\"", ProtobufWriter.Envelope("v2", "Namespace", new ProtobufWriter()) },
        { "the content encoding \"gzip\"", ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter(), encoding: "gzip") },
        { "the content type \"text/plain\"", ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter(), mediaType: "text/plain") },
        { "envelope: it ends after 1 of the 5 bytes of field 2", [.. "k8s\0"u8, 0x12, 5, 0] },
        { "Namespace: it ends within a number", OfRaw(0x80) },
        { "Namespace: it ends within a number", OfRaw(0x08) },
        { "Namespace: a number has more than 64 bits", OfRaw(0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02) },
        { "Namespace: a field has the number 0", OfRaw(0x00, 0x00) },
        { "Namespace: a field has the number 536870912", OfRaw(0x80, 0x80, 0x80, 0x80, 0x10, 0x00) },
        { "Namespace: field 9 has the wire type 3, which is not read", OfRaw(0x4b) },
        { "Namespace: field 1 has the wire type 0 instead of 2", OfRaw(0x08, 0x01) },
        { "Namespace: it ends after 0 of the 18446744073709551615 bytes", OfRaw(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01) },
        { "Namespace: it ends after 3 of the 4 bytes of field 90", OfRaw(0xd5, 0x05, 0, 0, 0) },
        { "Namespace: it ends after 7 of the 8 bytes of field 90", OfRaw(0xd1, 0x05, 0, 0, 0, 0, 0, 0, 0) },
        { "Namespace.metadata: field 1 is not UTF-8", OfMetadata(new ProtobufWriter().Bytes(1, [0xff])) },
        { "Namespace.metadata: field 7 has the wire type 2 instead of 0", OfMetadata(new ProtobufWriter().Text(7, "3")) },
        { "Namespace.metadata.labels: field 2 is not UTF-8", OfMetadata(new ProtobufWriter().Message(11, new ProtobufWriter().Bytes(2, [0xc0]))) },
        { "Namespace.metadata.managedFields.fieldsV1: it is no JSON", OfMetadata(new ProtobufWriter().Message(17, new ProtobufWriter().Message(7, new ProtobufWriter().Text(1, "{")))) },
        { "Namespace.metadata.creationTimestamp: 253402300800 s", OfMetadata(new ProtobufWriter().Time(8, 253402300800)) },
        { "Namespace.metadata.creationTimestamp: -62135596801 s", OfMetadata(new ProtobufWriter().Time(8, -62135596801)) },
        { "Namespace.metadata.creationTimestamp: 0 s and 1000000000 ns", OfMetadata(new ProtobufWriter().Time(8, 0, 1000000000)) },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void ToJson_Malformed_NamesWhatIsWrong(string why, byte[] body)
    {
        ApiException refused = Assert.Throws<ApiException>(() => ToJson(body));

        Assert.Equal(400, refused.Code);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToJson_EveryKindCutOrChangedAtEveryByte_IsReadOrRefused()
    {
        int refusals = 0;
        foreach ((byte[] body, Func<byte[], byte[]> toJson) in new (byte[], Func<byte[], byte[]>)[]
        {
            (Namespace(), ToJson), (Event(), ToJson), (Lease(), ToJson), (DeleteOptions(), ProtobufBody.DeleteOptionsToJson),
        })
        {
            for (int i = 0; i < body.Length; i++)
            {
                refusals += Try(body[..i], toJson);
                foreach (byte value in (byte[])[0x00, 0x01, 0x7f, 0x80, 0xff, (byte)(body[i] + 1), (byte)(body[i] ^ 0x07)])
                {
                    byte[] changed = [.. body];
                    changed[i] = value;
                    refusals += Try(changed, toJson);
                }
            }
        }

        Assert.True(refusals > 100, $"only {refusals} refusals: the bodies were not read");
    }

    private static int Try(byte[] body, Func<byte[], byte[]> toJson)
    {
        try
        {
            Assert.NotNull(JsonNode.Parse(toJson(body)));
            return 0;
        }
        catch (ApiException refused)
        {
            Assert.Equal(400, refused.Code);
            return 1;
        }
    }

    private static byte[] Namespace()
    {
        ProtobufWriter metadata = new ProtobufWriter()
            .Text(1, "a").Text(2, "g-").Text(3, "n").Text(4, "/s").Text(5, "u").Text(6, "7").Number(7, 3)
            .Time(8, 1_000_000_000, 5).Time(9, 1).Number(10, 0)
            .Entry(11, "app", "wéb").Entry(11, "empty", "").Entry(12, "note", "hello")
            .Message(13, new ProtobufWriter().Text(5, "v1").Text(1, "Pod").Text(3, "p").Text(4, "w").Number(6, 1).Number(7, 0))
            .Message(13, new ProtobufWriter().Text(1, "Pod").Text(3, "q").Text(4, "x").Text(5, "v1"))
            .Text(14, "example.org/a").Text(14, "example.org/b")
            .Message(17, new ProtobufWriter().Text(1, "m").Text(2, "Update").Text(3, "v1").Time(4, 1_000_000_000).Text(6, "FieldsV1")
                .Message(7, new ProtobufWriter().Text(1, """{"f:spec":{".":{}}}""")).Text(8, "status"));
        ProtobufWriter condition = new ProtobufWriter().Text(1, "T").Text(2, "True").Time(4, 1_000_000_000).Text(5, "R").Text(6, "M");
        return ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter()
            .Message(1, metadata)
            .Message(2, new ProtobufWriter().Text(1, "kubernetes"))
            .Message(3, new ProtobufWriter().Text(1, "Active").Message(2, condition)));
    }

    private static byte[] Event() => ProtobufWriter.Envelope("v1", "Event", new ProtobufWriter()
        .Message(1, new ProtobufWriter().Text(1, "a"))
        .Message(2, new ProtobufWriter().Text(1, "Pod").Text(2, "n").Text(3, "p").Text(4, "u").Text(5, "v1").Text(6, "7").Text(7, "f"))
        .Text(3, "Pulled").Text(4, "done")
        .Message(5, new ProtobufWriter().Text(1, "kubelet").Text(2, "h"))
        .Time(6, 1_000_000_000).Time(7, 1_000_000_001).Number(8, -2).Text(9, "Normal")
        .Time(10, 1_000_000_000, 123_456_789)
        .Message(11, new ProtobufWriter().Number(1, 4).Time(2, 1_000_000_000, 1_000))
        .Text(12, "Pull").Message(13, new ProtobufWriter().Text(3, "r")).Text(14, "c").Text(15, "i"));

    private static byte[] Lease() => ProtobufWriter.Envelope("coordination.k8s.io/v1", "Lease", new ProtobufWriter()
        .Message(1, new ProtobufWriter().Text(1, "a"))
        .Message(2, new ProtobufWriter()
            .Text(1, "").Number(2, 15).Time(3, 1_000_000_000, 123_456_000).Time(4, 1_000_000_000).Number(5, 0).Text(6, "s").Text(7, "p")));

    private static byte[] DeleteOptions() => ProtobufWriter.Envelope("v1", "DeleteOptions", new ProtobufWriter()
        .Number(1, 0).Message(2, new ProtobufWriter().Text(1, "u").Text(2, "7")).Number(3, 0).Text(4, "Background").Text(5, "All").Number(6, 1));

    private static byte[] OfRaw(params ReadOnlySpan<byte> raw) => ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter().Raw(raw));

    private static byte[] OfMetadata(ProtobufWriter metadata) => ProtobufWriter.Envelope("v1", "Namespace", new ProtobufWriter().Message(1, metadata));

    private static byte[] Of(string apiVersion, string kind, Func<ProtobufWriter, ProtobufWriter> content) =>
        ProtobufWriter.Envelope(apiVersion, kind, content(new ProtobufWriter().Message(1, new ProtobufWriter().Text(1, "a"))));

    private static ProtobufWriter ResourceAttributes() => new ProtobufWriter()
        .Text(1, "n").Text(2, "get").Text(3, "g").Text(4, "v1").Text(5, "pods").Text(6, "log").Text(7, "p")
        .Message(8, new ProtobufWriter().Text(1, "a=b"))
        .Message(9, new ProtobufWriter().Message(2, new ProtobufWriter().Text(1, "k").Text(2, "In").Text(3, "v")));

    /// <summary>Reads as the kind the body says, Namespace if it says none of those that are supported.</summary>
    private static byte[] ToJson(byte[] body)
    {
        Match type = Regex.Match(Encoding.Latin1.GetString(body), @"^k8s\0\n.\n.(?<version>[a-z0-9./]+)\x12.(?<kind>[A-Za-z]+)\x12", RegexOptions.Singleline);
        (string version, string kind) = (type.Groups["version"].Value, type.Groups["kind"].Value);
        return KubernetesMessages.Find(version, kind) is null ? ProtobufBody.ToJson(body, "v1", "Namespace") : ProtobufBody.ToJson(body, version, kind);
    }

    private static void Same(string expected, byte[] actual)
    {
        string text = Encoding.UTF8.GetString(actual);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(text)), text);
    }
}
