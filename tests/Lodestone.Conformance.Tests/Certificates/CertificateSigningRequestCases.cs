using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Certificates;

/// <summary>Requests for certificates, of a signer that is nobody's.</summary>
public sealed class CertificateSigningRequestCases(Target target) : ConformanceCase(target)
{
    private static readonly Kind Request = Kind.CertificateSigningRequest;

    [Case]
    public async Task Create_SaysWhoAsks_WhateverIsSent()
    {
        Answer created = (await Api.PostAsync(Request.Everywhere, Request.Manifest(
            Unique("r"), """{"spec":{"username":"somebody","groups":["g"],"uid":"u"},"status":{"conditions":[{"type":"Approved","status":"True"}]}}"""))).Is(201);

        Assert.NotEqual("somebody", created.Get("spec.username"));
        Assert.Contains("system:masters", created["spec.groups"].ToJsonString(), StringComparison.Ordinal);
        created.HasNot("spec.uid").HasNot("status.conditions");
    }

    [Cases]
    [InlineData("""{"spec":{"request":"bm90aGluZw=="}}""", "spec.request")]
    [InlineData("""{"spec":{"usages":[]}}""", "spec.usages")]
    [InlineData("""{"spec":{"usages":["fun"]}}""", "spec.usages[0]")]
    [InlineData("""{"spec":{"usages":["client auth","client auth"]}}""", "spec.usages[1]")]
    [InlineData("""{"spec":{"signerName":"people"}}""", "spec.signerName")]
    [InlineData("""{"spec":{"signerName":"example/people"}}""", "spec.signerName")]
    public async Task Create_ThatBreaksARule_IsInvalid(string changes, string field) =>
        (await Api.PostAsync(Request.Everywhere, Request.Manifest(Unique("r"), changes))).Is(422).Has("reason", "Invalid").Has("details.causes[0].field", field);

    [Case]
    public async Task Update_ChangesNothingButMetadata()
    {
        string path = await CreatedAsync();

        (await Api.MergeAsync(path, """{"metadata":{"labels":{"a":"1"}},"spec":{"signerName":"example.com/other"},"status":{"certificate":"eA=="}}""")).Is(200)
            .Has("metadata.labels.a", "1").Has("spec.signerName", "example.com/people").HasNot("status.certificate");
    }

    [Case]
    public async Task Approval_IsOfConditionsOnly_AndCannotBeTakenBack()
    {
        string path = await CreatedAsync();

        (await Api.MergeAsync($"{path}/approval", """{"status":{"conditions":[{"type":"Approved","status":"True","reason":"Seen","message":"m"}]}}""")).Is(200)
            .Has("status.conditions[0].type", "Approved").Has("status.conditions[0].reason", "Seen");
        Assert.True((await Api.GetAsync($"{path}/approval")).Is(200).Has("status.conditions[0].lastUpdateTime"));
        (await Api.MergeAsync($"{path}/approval", """{"status":{"conditions":[{"type":"Approved","status":"True"},{"type":"Denied","status":"True"}]}}""")).Is(422).Has("reason", "Invalid");
        (await Api.MergeAsync($"{path}/approval", """{"status":{"conditions":[]}}""")).Is(422).Has("reason", "Invalid");
    }

    [Case]
    public async Task Approval_OfNoStatus_IsInvalid() =>
        (await Api.MergeAsync($"{await CreatedAsync()}/approval", """{"status":{"conditions":[{"type":"Denied","status":"False"}]}}""")).Is(422)
            .Has("details.causes[0].field", "status.conditions[0].status");

    private async Task<string> CreatedAsync()
    {
        string name = Unique("r");
        (await Api.PostAsync(Request.Everywhere, Request.Manifest(name))).Is(201);
        return $"{Request.Everywhere}/{name}";
    }
}
