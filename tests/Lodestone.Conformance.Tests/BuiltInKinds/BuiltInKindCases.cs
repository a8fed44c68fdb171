using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.BuiltInKinds;

/// <summary>Rules of Kubernetes' own kinds.</summary>
public sealed class BuiltInKindCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("""{"data":{"not valid":"1"}}""", "data[not valid]")]
    [InlineData("""{"data":{"..":"1"}}""", "data[..]")]
    [InlineData("""{"binaryData":{"a":"MQ=="}}""", "data[a]")]
    public async Task ConfigMap_BadKey_IsInvalid(string changes, string field) =>
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), Kind.ConfigMap.Manifest("a", changes))).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].reason", "FieldValueInvalid").Has("details.causes[0].field", field);

    [Case]
    public async Task ConfigMap_BinaryData_IsKept() =>
        (await CreateAsync(Kind.ConfigMap, "a", """{"binaryData":{"b":"AAEC/w=="}}""")).Has("binaryData.b", "AAEC/w==");

    [Case]
    public async Task ConfigMap_BeyondOneMebibyte_IsTooLong()
    {
        var manifest = Kind.ConfigMap.Manifest("a");
        manifest["data"]!["a"] = new string('x', (1 << 20) + 1);
        (await Api.PostAsync(Kind.ConfigMap.In(Namespace), manifest)).Is(422).Has("details.causes[0].reason", "FieldValueTooLong");
    }

    [Case]
    public async Task Secret_WithoutType_IsOpaque() => (await CreateAsync(Kind.Secret, "a")).Has("type", "Opaque").Has("data.a", "MQ==");

    [Case]
    public async Task Secret_StringData_BecomesData() =>
        (await CreateAsync(Kind.Secret, "a", """{"stringData":{"a":"2","b":"3"}}""")).Has("data.a", "Mg==").Has("data.b", "Mw==").HasNot("stringData");

    [Cases]
    [InlineData("kubernetes.io/tls", "data[tls.crt]")]
    [InlineData("kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]")]
    public async Task Secret_TypeWithoutItsKeys_IsInvalid(string type, string field) =>
        (await Api.PostAsync(Kind.Secret.In(Namespace), Kind.Secret.Manifest("a", $$"""{"type":"{{type}}"}"""))).Is(422)
            .Has("reason", "Invalid").Has("details.causes[0].reason", "FieldValueRequired").Has("details.causes[0].field", field);

    [Cases]
    [InlineData("kubernetes.io/basic-auth", "username")]
    [InlineData("kubernetes.io/ssh-auth", "ssh-privatekey")]
    [Differs("the path has a verb of Go's: data[%s][username]", "the path is data[username]")]
    public async Task Secret_AuthWithoutItsKeys_IsInvalid(string type, string key) =>
        (await Api.PostAsync(Kind.Secret.In(Namespace), Kind.Secret.Manifest("a", $$"""{"type":"{{type}}"}"""))).Is(422)
            .Has("details.causes[0].reason", "FieldValueRequired").Has("details.causes[0].field", Differs ? $"data[%s][{key}]" : $"data[{key}]");

    [Case]
    public async Task Secret_Immutable_CannotChange()
    {
        await CreateAsync(Kind.Secret, "a", """{"immutable":true}""");
        (await Api.MergeAsync(Kind.Secret.At(Namespace, "a"), """{"data":{"a":"Mg=="}}""")).Is(422).Has("details.causes[0].reason", "FieldValueForbidden").Has("details.causes[0].field", "data");
        (await Api.MergeAsync(Kind.Secret.At(Namespace, "a"), """{"immutable":false}""")).Is(422).Has("details.causes[0].field", "immutable");
    }

    [Cases]
    [InlineData("""{"spec":{"leaseDurationSeconds":0}}""", "spec.leaseDurationSeconds")]
    [InlineData("""{"spec":{"leaseDurationSeconds":-1}}""", "spec.leaseDurationSeconds")]
    [InlineData("""{"spec":{"leaseTransitions":-1}}""", "spec.leaseTransitions")]
    public async Task Lease_BadNumber_IsInvalid(string changes, string field) =>
        (await Api.PostAsync(Kind.Lease.In(Namespace), Kind.Lease.Manifest("a", changes))).Is(422).Has("details.causes[0].field", field);

    [Case]
    public async Task Lease_Times_HaveMicroseconds()
    {
        Answer created = await CreateAsync(Kind.Lease, "a", """{"spec":{"acquireTime":"2026-01-02T03:04:05.123456Z","renewTime":"2026-01-02T03:04:05.000000Z","leaseTransitions":1}}""");
        created.Has("spec.acquireTime", "2026-01-02T03:04:05.123456Z").Has("spec.renewTime", "2026-01-02T03:04:05.000000Z");
    }

    [Case]
    public async Task Lease_Election_OneOfTwoWins()
    {
        Answer created = await CreateAsync(Kind.Lease, "a");
        string Claim(string who) => Kind.Lease.Manifest("a", $$$"""{"metadata":{"resourceVersion":"{{{created.ResourceVersion}}}"},"spec":{"holderIdentity":"{{{who}}}"}}""").ToJsonString();
        Answer[] answers = await Task.WhenAll(Api.PutAsync(Kind.Lease.At(Namespace, "a"), Claim("x")), Api.PutAsync(Kind.Lease.At(Namespace, "a"), Claim("y")));
        Assert.Equal([200, 409], answers.Select(a => a.Code).Order());
    }

    [Case]
    public async Task Event_OfOtherNamespace_IsInvalid() =>
        (await Api.PostAsync(Kind.Event.In(Namespace), Kind.Event.Manifest("a", """{"involvedObject":{"namespace":"other"}}"""))).Is(422)
            .Has("details.causes[0].field", "involvedObject.namespace");

    [Case]
    public async Task Event_IsInBothGroups()
    {
        await CreateAsync(Kind.Event, "a", $$$"""{"involvedObject":{"namespace":"{{{Namespace}}}"}}""");
        (await Api.GetAsync($"/apis/events.k8s.io/v1/namespaces/{Namespace}/events/a")).Is(200)
            .Matches("""{"apiVersion":"events.k8s.io/v1","kind":"Event","regarding":{"kind":"ConfigMap","name":"a"},"note":"it was seen","involvedObject":"<absent>","message":"<absent>"}""");
    }

    [Case]
    public async Task Event_OfNewGroup_IsChecked() =>
        (await Api.PostAsync($"/apis/events.k8s.io/v1/namespaces/{Namespace}/events", """{"metadata":{"name":"a"},"note":"x"}""")).Is(422).Has("reason", "Invalid");

    [Case]
    public async Task Role_RuleWithoutVerbs_IsInvalid() =>
        (await Api.PostAsync(Kind.Role.In(Namespace), Kind.Role.Manifest("a", """{"rules":[{"apiGroups":[""],"resources":["configmaps"]}]}"""))).Is(422)
            .Has("details.causes[0].reason", "FieldValueRequired").Has("details.causes[0].field", "rules[0].verbs");

    [Case]
    public async Task Role_NonResourceUrls_AreForbidden() =>
        (await Api.PostAsync(Kind.Role.In(Namespace), Kind.Role.Manifest("a", """{"rules":[{"nonResourceURLs":["/metrics"],"verbs":["get"]}]}"""))).Is(422)
            .Has("details.causes[0].field", "rules[0].nonResourceURLs");

    [Case]
    public async Task RoleBinding_SubjectsAreDefaulted() =>
        (await CreateAsync(Kind.RoleBinding, "a", """{"subjects":[{"kind":"User","name":"x"},{"kind":"ServiceAccount","name":"y","namespace":"default"}],"roleRef":{"apiGroup":null}}"""))
            .Matches("""{"subjects":[{"kind":"User","apiGroup":"rbac.authorization.k8s.io","name":"x"},{"kind":"ServiceAccount","name":"y","namespace":"default"}],"roleRef":{"apiGroup":"rbac.authorization.k8s.io"}}""");

    [Case]
    public async Task RoleBinding_UnknownRoleKind_IsInvalid() =>
        (await Api.PostAsync(Kind.RoleBinding.In(Namespace), Kind.RoleBinding.Manifest("a", """{"roleRef":{"kind":"Bogus"}}"""))).Is(422)
            .Has("details.causes[0].reason", "FieldValueNotSupported").Has("details.causes[0].field", "roleRef.kind");

    [Cases]
    [InlineData("""{"spec":{"type":"Bogus"}}""", "spec.type")]
    [InlineData("""{"spec":{"ports":[{"protocol":"ICMP","port":1}]}}""", "spec.ports[0].protocol")]
    public async Task LoadBalancer_UnknownValue_IsInvalid(string changes, string field)
    {
        Answer answer = await Api.PostAsync(Kind.LoadBalancer.In(Namespace), Kind.LoadBalancer.Manifest("a", changes));
        answer.Is(422).Has("details.causes[0].reason", "FieldValueNotSupported");
        Assert.Equal(field.Replace("[0]", "", StringComparison.Ordinal), answer.Get("details.causes[0].field").Replace("[0]", "", StringComparison.Ordinal));
    }

    [Cases]
    [InlineData("""{"spec":{"ports":[{"port":0}]}}""", "spec.ports[0].port")]
    [InlineData("""{"spec":{"ports":[{"port":70000}]}}""", "spec.ports[0].port")]
    [InlineData("""{"spec":{"networkRef":{"name":"Not_A_Name"}}}""", "spec.networkRef.name")]
    public async Task LoadBalancer_ValueOutOfBounds_IsInvalid(string changes, string field)
    {
        Answer answer = await Api.PostAsync(Kind.LoadBalancer.In(Namespace), Kind.LoadBalancer.Manifest("a", changes));
        answer.Is(422).Has("reason", "Invalid");
        Assert.Equal(field.Replace("[0]", "", StringComparison.Ordinal), answer.Get("details.causes[0].field").Replace("[0]", "", StringComparison.Ordinal));
    }

    [Cases]
    [InlineData("""{"spec":{"ports":[{"port":80,"endPort":79}]}}""", "spec.ports[0].endPort")]
    [Differs("accepted where there are no rules in CEL", "IronCore's rules are checked", IsOfCustomResource = true, Since = 28)]
    public async Task LoadBalancer_BadValue_IsInvalid(string changes, string field)
    {
        Answer answer = await Api.PostAsync(Kind.LoadBalancer.In(Namespace), Kind.LoadBalancer.Manifest("a", changes));
        if (Differs)
        {
            answer.Is(201);
            return;
        }

        answer.Is(422).Has("reason", "Invalid").Has("details.causes[0].field", field);
    }
}
