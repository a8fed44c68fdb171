using Lodestone.ApiServer.Audit;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security;

namespace Lodestone.ApiServer.Tests.Audit;

public sealed class AuditPolicyTests
{
    private static readonly UserInfo Jane = new("jane", ["people", "system:authenticated"]);

    [Theory]
    [InlineData("users: [jane]", "GET", "/api/v1/namespaces", true)]
    [InlineData("users: [joe]", "GET", "/api/v1/namespaces", false)]
    [InlineData("userGroups: [robots, people]", "GET", "/api/v1/namespaces", true)]
    [InlineData("userGroups: [robots]", "GET", "/api/v1/namespaces", false)]
    [InlineData("verbs: [list]", "GET", "/api/v1/namespaces", true)]
    [InlineData("verbs: [get]", "GET", "/api/v1/namespaces", false)]
    [InlineData("resources: [{group: ''}]", "GET", "/api/v1/namespaces", true)]
    [InlineData("resources: [{group: apps}]", "GET", "/api/v1/namespaces", false)]
    [InlineData("resources: [{group: '', resources: [secrets]}]", "GET", "/api/v1/namespaces/a/secrets/b", true)]
    [InlineData("resources: [{group: '', resources: [namespaces]}]", "GET", "/api/v1/namespaces/a/status", false)]
    [InlineData("resources: [{group: '', resources: [namespaces/status]}]", "GET", "/api/v1/namespaces/a/status", true)]
    [InlineData("resources: [{group: '', resources: ['*/status']}]", "GET", "/api/v1/namespaces/a/status", true)]
    [InlineData("resources: [{group: '', resources: ['*/status']}]", "GET", "/api/v1/namespaces/a", false)]
    [InlineData("resources: [{group: '', resources: ['namespaces/*']}]", "GET", "/api/v1/namespaces/a", true)]
    [InlineData("resources: [{group: '', resources: ['*']}]", "GET", "/api/v1/namespaces/a/status", true)]
    [InlineData("resources: [{group: '', resources: [secrets], resourceNames: [b]}]", "GET", "/api/v1/namespaces/a/secrets/b", true)]
    [InlineData("resources: [{group: '', resources: [secrets], resourceNames: [c]}]", "GET", "/api/v1/namespaces/a/secrets/b", false)]
    [InlineData("namespaces: [a]", "GET", "/api/v1/namespaces/a/secrets/b", true)]
    [InlineData("namespaces: [b]", "GET", "/api/v1/namespaces/a/secrets/b", false)]
    [InlineData("namespaces: ['']", "GET", "/apis/lodestone.dev/v1alpha1/hosts", true)]
    [InlineData("nonResourceURLs: ['/livez*', /version]", "GET", "/livez/ping", true)]
    [InlineData("nonResourceURLs: ['/livez*', /version]", "GET", "/version", true)]
    [InlineData("nonResourceURLs: ['/livez*', /version]", "GET", "/metrics", false)]
    [InlineData("nonResourceURLs: ['*']", "GET", "/api/v1/namespaces", false)]
    public void Rule_Request_Matches(string rule, string method, string path, bool matches)
    {
        var policy = AuditPolicy.Parse($"{{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{{level: Request, {rule}}}]}}");

        Assert.Equal(matches, policy.RuleOf(Jane, RequestInfo.Parse(method, path, isWatch: false)) is not null);
    }

    [Fact]
    public void Rules_FirstThatMatches_Decides()
    {
        var policy = AuditPolicy.Parse(
            """
            apiVersion: audit.k8s.io/v1
            kind: Policy
            omitStages: [RequestReceived]
            rules:
            - level: None
              users: [jane]
              verbs: [list]
            - level: Metadata
              omitStages: [ResponseStarted]
            """);

        Assert.Null(policy.RuleOf(Jane, RequestInfo.Parse("GET", "/api/v1/namespaces", isWatch: false)));
        AuditRule rule = policy.RuleOf(Jane, RequestInfo.Parse("GET", "/api/v1/namespaces/a", isWatch: false))!;
        Assert.Equal(AuditLevel.Metadata, rule.Level);
        Assert.Equal([AuditStage.RequestReceived, AuditStage.ResponseStarted], rule.OmitStages);
    }

    [Theory]
    [InlineData("[]", "an audit policy is a mapping with apiVersion, kind and rules")]
    [InlineData("{apiVersion: v1, kind: Policy}", "apiVersion and kind: \"v1\", \"Policy\" is not audit.k8s.io/v1, Policy")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy}", "rules: a policy has at least one rule")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: All}]}", "rules[0].level: \"All\" is not None, Metadata, Request or RequestResponse")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, user: [a]}]}", "rules[0].user: unknown field")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, users: a}]}", "rules[0].users: is not a list")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, verbs: [1]}]}", "rules[0].verbs[0]: is not a string")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, omitStages: [Later]}]}", "rules[0].omitStages: \"Later\" is not RequestReceived, ResponseStarted, ResponseComplete or Panic")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, nonResourceURLs: [/a], namespaces: [b]}]}", "rules[0]: a rule is about nonResourceURLs or about resources and namespaces, not both")]
    [InlineData("{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: None, resources: [{resourceNames: [b]}]}]}", "rules[0].resources[0].resources: is needed beside resourceNames")]
    public void Parse_NoPolicy_NamesTheField(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => AuditPolicy.Parse(text)).Message);

    [Theory]
    [InlineData("POST", "/api/v1/namespaces/a/secrets", nameof(AuditLevel.Metadata))]
    [InlineData("PUT", "/api/v1/namespaces/a/secrets/b", nameof(AuditLevel.Metadata))]
    [InlineData("PATCH", "/api/v1/namespaces/a/configmaps/b", nameof(AuditLevel.Metadata))]
    [InlineData("POST", "/api/v1/namespaces/a/serviceaccounts/b/token", nameof(AuditLevel.Metadata))]
    [InlineData("POST", "/apis/authentication.k8s.io/v1/tokenreviews", nameof(AuditLevel.Metadata))]
    [InlineData("POST", "/apis/networking.ironcore.dev/v1alpha1/namespaces/a/loadbalancers", nameof(AuditLevel.Request))]
    [InlineData("GET", "/apis/networking.ironcore.dev/v1alpha1/namespaces/a/loadbalancers", nameof(AuditLevel.Metadata))]
    [InlineData("GET", "/metrics", nameof(AuditLevel.Metadata))]
    [InlineData("GET", "/readyz", nameof(AuditLevel.None))]
    [InlineData("PUT", "/apis/coordination.k8s.io/v1/namespaces/a/leases/b", nameof(AuditLevel.None))]
    public void Default_Request_IsToldAsIsProper(string method, string path, string level) =>
        Assert.Equal(level, (AuditPolicy.Default.RuleOf(Jane, RequestInfo.Parse(method, path, isWatch: false))?.Level ?? AuditLevel.None).ToString());
}
