using Lodestone.Api.Rbac;
using Lodestone.ApiServer.Endpoints;
using Lodestone.ApiServer.Security.Rbac;

namespace Lodestone.ApiServer.Tests.Security.Rbac;

public sealed class PolicyRuleTests
{
    [Theory]
    [InlineData("get", "", "pods", "", "get", "", "pods", "", "", true)]
    [InlineData("get", "", "pods", "", "list", "", "pods", "", "", false)]
    [InlineData("*", "", "pods", "", "deletecollection", "", "pods", "", "", true)]
    [InlineData("get", "apps", "pods", "", "get", "", "pods", "", "", false)]
    [InlineData("get", "*", "pods", "", "get", "apps", "pods", "", "", true)]
    [InlineData("get", "", "*", "", "get", "", "pods", "", "", true)]
    [InlineData("get", "", "*", "", "get", "", "pods", "status", "", true)]
    [InlineData("get", "", "pods", "", "get", "", "pods", "status", "", false)]
    [InlineData("get", "", "pods/status", "", "get", "", "pods", "status", "", true)]
    [InlineData("get", "", "pods/status", "", "get", "", "pods", "", "", false)]
    [InlineData("get", "", "pods/status", "", "get", "", "podsx", "status", "", false)]
    [InlineData("get", "", "*/status", "", "get", "", "pods", "status", "", true)]
    [InlineData("get", "", "*/status", "", "get", "", "pods", "scale", "", false)]
    [InlineData("get", "", "*/status", "", "get", "", "pods", "", "", false)]
    [InlineData("get", "", "pods/*", "", "get", "", "pods", "status", "", false)]
    [InlineData("get", "", "pods", "a", "get", "", "pods", "", "a", true)]
    [InlineData("get", "", "pods", "a", "get", "", "pods", "", "b", false)]
    [InlineData("list", "", "pods", "a", "list", "", "pods", "", "", false)]
    public void Allows_Resource_AsKubernetesDoes(
        string verb, string group, string resource, string ruleName, string wantedVerb, string wantedGroup, string wantedResource, string subresource, string name, bool isAllowed)
    {
        var rule = new PolicyRule { Verbs = [verb], ApiGroups = [group], Resources = [resource], ResourceNames = ruleName.Length == 0 ? null : [ruleName] };
        var request = new RequestInfo
        {
            Verb = wantedVerb,
            Path = "",
            IsResource = true,
            Group = wantedGroup,
            Resource = wantedResource,
            Subresource = subresource,
            Name = name,
        };

        Assert.Equal(isAllowed, rule.Allows(request));
    }

    [Theory]
    [InlineData("*", "/metrics", true)]
    [InlineData("/metrics", "/metrics", true)]
    [InlineData("/metrics", "/metrics/slis", false)]
    [InlineData("/apis/*", "/apis/lodestone.dev", true)]
    [InlineData("/apis/*", "/apis", false)]
    [InlineData("/api*", "/apis", true)]
    [InlineData("/version/", "/version", false)]
    public void Allows_Path_AsKubernetesDoes(string pattern, string path, bool isAllowed)
    {
        var rule = new PolicyRule { Verbs = ["get"], NonResourceURLs = [pattern] };

        Assert.Equal(isAllowed, rule.Allows(new RequestInfo { Verb = "get", Path = path }));
        Assert.False(rule.Allows(new RequestInfo { Verb = "post", Path = path }));
        Assert.False(rule.Allows(new RequestInfo { Verb = "get", Path = path, IsResource = true, Resource = "pods" }));
    }

    [Theory]
    [InlineData("*;*;*;", "get;;pods;", true)]
    [InlineData("get,list;;pods;", "get,list;;pods;", true)]
    [InlineData("get;;pods;", "get,list;;pods;", false)]
    [InlineData("*;;pods;", "*;;pods;", true)]
    [InlineData("get,list,watch,create,update,patch,delete,deletecollection;;pods;", "*;;pods;", false)]
    [InlineData("get;;*/status;", "get;;pods/status;", true)]
    [InlineData("get;;*/status;", "get;;pods;", false)]
    [InlineData("get;;pods;a", "get;;pods;a", true)]
    [InlineData("get;;pods;a", "get;;pods;", false)]
    [InlineData("get;;pods;", "get;;pods;a,b", true)]
    [InlineData("get;;pods;a", "get;;pods;a,b", false)]
    public void Uncovered_ComparesStepByStep(string held, string wanted, bool isCovered)
    {
        Assert.Equal(isCovered, PolicyRules.Uncovered([Rule(held)], [Rule(wanted)]).Count == 0);
    }

    [Fact]
    public void Uncovered_SeveralHeldRules_CountTogether()
    {
        Assert.Empty(PolicyRules.Uncovered([Rule("get;;pods;"), Rule("list;;pods,secrets;"), Rule("get;;secrets;")], [Rule("get,list;;pods,secrets;")]));
    }

    [Fact]
    public void Uncovered_Paths_ByWhatStandsBeforeTheStar()
    {
        PolicyRule[] held = [new() { Verbs = ["get"], NonResourceURLs = ["/apis/*"] }];

        Assert.Empty(PolicyRules.Uncovered(held, [new PolicyRule { Verbs = ["get"], NonResourceURLs = ["/apis/x", "/apis/x/*"] }]));
        Assert.NotEmpty(PolicyRules.Uncovered(held, [new PolicyRule { Verbs = ["get"], NonResourceURLs = ["/api"] }]));
        Assert.NotEmpty(PolicyRules.Uncovered(held, [new PolicyRule { Verbs = ["get"], NonResourceURLs = ["*"] }]));
    }

    [Fact]
    public void Describe_StepsOfOneResource_StandTogether()
    {
        List<PolicyRule> missing = PolicyRules.Uncovered([], [Rule("get,list;;secrets;"), Rule("get;apps;x;a"), new PolicyRule { Verbs = ["get"], NonResourceURLs = ["/x"] }]);

        Assert.Equal(
            [
                """{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}""",
                """{APIGroups:["apps"], Resources:["x"], ResourceNames:["a"], Verbs:["get"]}""",
                """{NonResourceURLs:["/x"], Verbs:["get"]}""",
            ],
            PolicyRules.Describe(missing));
    }

    private static PolicyRule Rule(string text)
    {
        string[] parts = text.Split(';');
        return new PolicyRule
        {
            Verbs = [.. parts[0].Split(',')],
            ApiGroups = [.. parts[1].Split(',')],
            Resources = [.. parts[2].Split(',')],
            ResourceNames = parts[3].Length == 0 ? null : [.. parts[3].Split(',')],
        };
    }
}
