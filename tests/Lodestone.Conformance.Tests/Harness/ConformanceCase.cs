using System.Reflection;
using Lodestone.Conformance.Tests.Client;
using Xunit.v3;

namespace Lodestone.Conformance.Tests.Harness;

/// <summary>A group of cases. Each case has a namespace of its own and speaks to the target as its administrator.</summary>
public abstract class ConformanceCase(Target target) : IAsyncLifetime
{
    private const string Namespaces = "/api/v1/namespaces";
    private readonly string _unique = Guid.NewGuid().ToString("N")[..10];
    private DiffersAttribute? _difference;
    private bool _askedForDifference;

    protected Target Target => target;

    internal KubeClient Api => target.Admin;

    /// <summary>The case's namespace.</summary>
    protected string Namespace { get; private set; } = "";

    /// <summary>Whether the target does what the case's <see cref="DiffersAttribute"/> says of Kubernetes: then the case asserts that.</summary>
    protected bool Differs
    {
        get
        {
            _askedForDifference = true;
            return _difference is not null && target.Shows(_difference);
        }
    }

    public async ValueTask InitializeAsync()
    {
        MethodInfo method = ((IXunitTestMethod)TestContext.Current.TestMethod!).Method;
        _difference = method.GetCustomAttribute<DiffersAttribute>();
        if (target.IsLodestone && method.GetCustomAttribute<PendingAttribute>() is { Reason: var reason })
        {
            Skip($"pending: {reason}");
        }

        if (_difference is { IsInapplicable: true } && target.Shows(_difference))
        {
            Skip($"does not apply: {_difference.Kubernetes}");
        }

        Namespace = Unique("c");
        (await Api.PostAsync(Namespaces, $$$"""{"metadata":{"name":"{{{Namespace}}}"}}""")).Is(201);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (target.IsLasting && Namespace.Length > 0)
        {
            await Api.DeleteAsync($"{Namespaces}/{Namespace}");
        }

        if (Namespace.Length == 0)
        {
            return;
        }

        bool differs = _difference is not null && target.Shows(_difference);
        bool hasFailed = TestContext.Current.TestState?.Result == TestResult.Failed;
        Record(hasFailed ? "failed" : differs ? "differ, as docs/api/compatibility.md says" : "hold");
        Assert.True(!differs || hasFailed || _askedForDifference, "the case is said to differ but asserts no difference");
    }

    /// <summary>A name of the case's own, for what isn't in its namespace.</summary>
    protected string Unique(string name) => $"{name}-{_unique}";

    /// <summary>Creates an object and returns what came back.</summary>
    internal async Task<Answer> CreateAsync(Kind kind, string name, string? changes = null) =>
        (await Api.PostAsync(kind.In(Namespace), kind.Manifest(name, changes))).Is(201);

    /// <summary>One cause of a Status, as JSON.</summary>
    protected static string Cause(string reason, string message, string field) =>
        new System.Text.Json.Nodes.JsonObject { ["reason"] = reason, ["message"] = message, ["field"] = field }.ToJsonString();

    private void Skip(string reason)
    {
        Record(reason);
        Assert.Skip(reason);
    }

    private void Record(string how) => target.Record(TestContext.Current.Test?.TestDisplayName ?? "", how);
}
