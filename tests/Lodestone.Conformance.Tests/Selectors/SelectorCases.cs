using Lodestone.Conformance.Tests.Client;
using Lodestone.Conformance.Tests.Harness;

namespace Lodestone.Conformance.Tests.Selectors;

public sealed class SelectorCases(Target target) : ConformanceCase(target)
{
    [Cases]
    [InlineData("env=prod", "a b")]
    [InlineData("env==prod", "a b")]
    [InlineData("env!=prod", "c d")]
    [InlineData("env in (prod,dev)", "a b c")]
    [InlineData("env notin (prod)", "c d")]
    [InlineData("env notin (prod, dev)", "d")]
    [InlineData("env", "a b c")]
    [InlineData("!env", "d")]
    [InlineData("env=prod,tier=web", "a")]
    [InlineData("env=prod,tier!=web", "b")]
    [InlineData("env in (prod),tier", "a")]
    [InlineData("example.com/n>5", "b")]
    [InlineData("example.com/n<5", "a")]
    [InlineData("env=", "")]
    [InlineData("tier in ()", "")]
    [InlineData("", "a b c d")]
    public async Task List_LabelSelector_Selects(string selector, string expected)
    {
        await CreateAsync(Kind.Network, "a", """{"metadata":{"labels":{"env":"prod","tier":"web","example.com/n":"3"}}}""");
        await CreateAsync(Kind.Network, "b", """{"metadata":{"labels":{"env":"prod","example.com/n":"7"}}}""");
        await CreateAsync(Kind.Network, "c", """{"metadata":{"labels":{"env":"dev"}}}""");
        await CreateAsync(Kind.Network, "d");
        Answer list = (await Api.GetAsync($"{Kind.Network.In(Namespace)}?labelSelector={Uri.EscapeDataString(selector)}")).Is(200);
        Assert.Equal(expected, string.Join(' ', list.Items()));
    }

    [Cases]
    [InlineData("a b")]
    [InlineData("a=b=c")]
    [InlineData("a in b")]
    [InlineData("a in (b")]
    [InlineData("!a=b")]
    [InlineData(",")]
    [InlineData("a=not valid")]
    [InlineData("-a=b")]
    [InlineData("a>x")]
    [InlineData("a/b/c=d")]
    public async Task List_BadLabelSelector_IsBadRequest(string selector)
    {
        Answer answer = await Api.GetAsync($"{Kind.Network.In(Namespace)}?labelSelector={Uri.EscapeDataString(selector)}");
        answer.Is(400).Has("reason", "BadRequest").Has("status", "Failure");
    }

    [Cases]
    [InlineData("a b", "unable to parse requirement: found 'b', expected: ")]
    [InlineData("a in (b", "unable to parse requirement: found '', expected: ',' or ')'")]
    [InlineData("a in b", "unable to parse requirement: found 'b' expected: '('")]
    public async Task List_BadLabelSelector_SaysWhere(string selector, string message)
    {
        Answer answer = await Api.GetAsync($"{Kind.Network.In(Namespace)}?labelSelector={Uri.EscapeDataString(selector)}");
        Assert.Contains(message, answer.Is(400).Get("message"), StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("metadata.name=a", "a")]
    [InlineData("metadata.name==a", "a")]
    [InlineData("metadata.name!=a", "b")]
    [InlineData("metadata.name=a,metadata.name=b", "")]
    [InlineData("metadata.name=a,metadata.namespace=default", "")]
    [InlineData("", "a b")]
    public async Task List_FieldSelector_Selects(string selector, string expected)
    {
        await CreateAsync(Kind.Network, "a");
        await CreateAsync(Kind.Network, "b");
        Answer list = (await Api.GetAsync($"{Kind.Network.In(Namespace)}?fieldSelector={Uri.EscapeDataString(selector)}")).Is(200);
        Assert.Equal(expected, string.Join(' ', list.Items()));
    }

    [Cases]
    [InlineData("configmaps", "spec.foo=a", "\"spec.foo\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")]
    [InlineData("secrets", "spec.foo=a", "field label not supported: spec.foo")]
    [InlineData("namespaces", "spec.foo=a", "field label not supported: spec.foo")]
    [InlineData("networks", "spec.foo=a", "field label not supported: spec.foo")]
    public async Task List_UnknownField_IsBadRequest(string plural, string selector, string message)
    {
        Answer answer = await Api.GetAsync($"{Kind.Of(plural).In(Namespace)}?fieldSelector={Uri.EscapeDataString(selector)}");
        answer.Is(400).Has("reason", "BadRequest");
        Assert.Contains(message, answer.Get("message"), StringComparison.Ordinal);
    }

    [Cases]
    [InlineData("metadata.name")]
    [InlineData("metadata.name>a")]
    [InlineData("metadata.name in (a)")]
    public async Task List_BadFieldSelector_IsBadRequest(string selector) =>
        (await Api.GetAsync($"{Kind.Network.In(Namespace)}?fieldSelector={Uri.EscapeDataString(selector)}")).Is(400).Has("reason", "BadRequest");

    [Case]
    public async Task List_SecretsByType_Selects()
    {
        await CreateAsync(Kind.Secret, "a", """{"type":"example.com/x"}""");
        await CreateAsync(Kind.Secret, "b");
        Assert.Equal(["a"], (await Api.GetAsync(Kind.Secret.In(Namespace) + "?fieldSelector=type%3Dexample.com/x")).Is(200).Items());
    }

    [Case]
    public async Task List_NamespacesByPhase_Selects()
    {
        Answer list = (await Api.GetAsync($"/api/v1/namespaces?fieldSelector=status.phase%3DActive,metadata.name%3D{Namespace}")).Is(200);
        Assert.Equal([Namespace], list.Items());
        Assert.Empty((await Api.GetAsync($"/api/v1/namespaces?fieldSelector=status.phase%3DTerminating,metadata.name%3D{Namespace}")).Is(200).Items());
    }

    [Case]
    public async Task List_EventsByObject_Selects()
    {
        string about = $$"""{"involvedObject":{"namespace":"{{Namespace}}","kind":"ConfigMap","name":"x","uid":"u1"},"reason":"Hot"}""";
        await CreateAsync(Kind.Event, "a", about);
        await CreateAsync(Kind.Event, "b", $$$"""{"involvedObject":{"namespace":"{{{Namespace}}}","name":"y"}}""");
        foreach (string selector in (string[])["involvedObject.name=x", "involvedObject.uid=u1,involvedObject.kind=ConfigMap", "reason=Hot", $"involvedObject.namespace={Namespace},involvedObject.name=x,type=Normal"])
        {
            Answer list = (await Api.GetAsync($"{Kind.Event.In(Namespace)}?fieldSelector={Uri.EscapeDataString(selector)}")).Is(200);
            Assert.Equal(["a"], list.Items());
        }
    }

    [Case]
    [Differs("before 1.31 fields of custom resources can't be selected: 400", "fields that are often asked for can be selected", Since = 31)]
    public async Task List_LoadBalancersByNetwork_Selects()
    {
        await CreateAsync(Kind.LoadBalancer, "a", """{"spec":{"networkRef":{"name":"x"}}}""");
        await CreateAsync(Kind.LoadBalancer, "b");
        Answer answer = await Api.GetAsync(Kind.LoadBalancer.In(Namespace) + "?fieldSelector=spec.networkRef.name%3Dx");
        if (Differs)
        {
            answer.Is(400);
            return;
        }

        Assert.Equal(["a"], answer.Is(200).Items());
    }
}
