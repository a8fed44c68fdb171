using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Lodestone.Api.BuiltIn;
using Lodestone.Api.Meta;
using Lodestone.Api.Rbac;
using Lodestone.Api.Resources;
using Lodestone.ApiServer;
using Lodestone.Client.Config;
using Lodestone.Client.Controllers;
using Lodestone.Client.Http;
using Lodestone.Client.Informers;
using Lodestone.Controllers.Access;
using Xunit;

namespace Lodestone.Controllers.Tests.Access;

/// <summary>That declarations are whole and say what the classes say. That they are enough, and who asks for more, each World finds out.</summary>
public sealed partial class ControllerRoleTests
{
    private static readonly XDocument Documentation = XDocument.Load(Path.ChangeExtension(typeof(ControllerRole).Assembly.Location, ".xml"));

    public static TheoryData<string> Controllers => [.. ControllerRole.Declared.Keys.Select(NameOf).Distinct()];

    [Fact]
    public void Role_EveryControllerThereIs_IsInIt()
    {
        IEnumerable<string> all = typeof(ControllerRole).Assembly.GetTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false } && t.IsAssignableTo(typeof(IReconciler)))
            .Select(NameOf);

        Assert.Equal(all.Order(StringComparer.Ordinal), ControllerRole.Declared.Keys.Select(NameOf).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Role_Rules_NameWhatTheyAllow()
    {
        PolicyRule[] rules = [.. ControllerRole.ClusterRules(), .. ControllerRole.SystemRules()];

        Assert.DoesNotContain(rules, r => r.ApiGroups!.Concat(r.Resources!).Concat(r.Verbs!).Any(t => t.Contains('*', StringComparison.Ordinal)));
        Assert.DoesNotContain(ControllerRole.ClusterRules(), r => r.Resources!.Exists(n => n is "leases" or "secrets"));
        Assert.Equal("create get list update watch", string.Join(' ', Assert.Single(ControllerRole.SystemRules()).Verbs!));
    }

    [Fact]
    public async Task Role_OfTheEmbeddedServer_IsMadeFromTheDeclarations()
    {
        string directory = Directory.CreateTempSubdirectory("lodestone-controllers-").FullName;
        await using (var server = new LodestoneApiServer(new LodestoneApiServerOptions { DataDirectory = directory }))
        {
            await server.StartAsync(TestContext.Current.CancellationToken);
            using var client = new ApiClient(KubeConfig.Load(server.KubeconfigPath));

            ClusterRole role = await client.GetAsync<ClusterRole>(new ObjectKey("", "lodestone:controller"), TestContext.Current.CancellationToken);

            Assert.Equal(ControllerRole.ClusterRules(withServices: false).Concat(ControllerRole.SystemRules()).Select(Describe), role.Rules!.Select(Describe));
        }

        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Controllers))]
    public void Declaration_Caches_AreThoseThatTheConstructorTakes(string controller)
    {
        Type[] types = TypesOf(controller);
        IEnumerable<string> listers = types.SelectMany(ListersOf).Distinct().Order(StringComparer.Ordinal);

        // The collector gets its caches one by one.
        Assert.All(types, type => Assert.Equal(type.Name == "GarbageCollector" ? Ours() : listers, Kinds(type, p => p.Verb == "list")));
    }

    [Theory]
    [MemberData(nameof(Controllers))]
    public void Declaration_IsWhatTheRemarksSay(string controller)
    {
        Type type = TypesOf(controller)[0];
        string remarks = Regex.Replace(
            Documentation.Descendants("member").Single(m => (string?)m.Attribute("name") == $"T:{controller}").Element("remarks")!.Value, @"\s+", " ").Trim();
        Match match = Sentences().Match(remarks);
        Assert.True(match.Success, $"the remarks of {controller} don't begin with 'Reads A, B and C. Writes ..., nothing else.': {remarks}");

        Assert.Equal(Named(match.Groups["reads"].Value), Kinds(type, p => p.Verb == "list"));
        Assert.Equal(Named(match.Groups["writes"].Value).Except([nameof(Event)]), Kinds(type, p => p.Verb is not ("get" or "list" or "watch")));
    }

    [GeneratedRegex("^Reads (?<reads>[^.]+)\\. ((?<writes>(Writes|Deletes|Creates) .*?),? nothing else|Writes nothing)\\.")]
    private static partial Regex Sentences();

    /// <summary>The controller of that name; where it is one for several kinds, each of them.</summary>
    private static Type[] TypesOf(string name) => [.. ControllerRole.Declared.Keys.Where(t => NameOf(t) == name)];

    private static string NameOf(Type type) => (type.IsGenericType ? type.GetGenericTypeDefinition() : type).FullName!;

    /// <summary>The kinds whose caches a class is given, itself or through what it is made with.</summary>
    private static IEnumerable<string> ListersOf(Type type) => type.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .SelectMany(c => c.GetParameters())
        .Select(p => p.ParameterType)
        .SelectMany(t => t.IsGenericType && (t.GetGenericTypeDefinition() == typeof(ILister<>) || t.GetGenericTypeDefinition() == typeof(SharedInformer<>)) ? [t.GetGenericArguments()[0].Name]
            : t.Assembly == typeof(ControllerRole).Assembly && t != typeof(ControllerOptions) ? ListersOf(t)
            : []);

    private static IEnumerable<string> Ours() => ResourceDefinitions.All.Where(d => !d.IsBuiltIn).Select(d => d.Kind).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Kinds(Type controller, Func<Permission, bool> where) =>
        ControllerRole.Declared[controller].All.Where(where).Select(p => p.Definition.Kind).Distinct().Order(StringComparer.Ordinal);

    /// <summary>The kinds that a text names, in singular or plural.</summary>
    private static IEnumerable<string> Named(string text) => text.Contains("of ours", StringComparison.Ordinal) || text.Contains("objects of any", StringComparison.Ordinal)
        ? Ours()
        : ResourceDefinitions.All.Concat(ResourceDefinitions.OfCluster).Select(d => d.Kind).Distinct()
            .Where(k => Regex.IsMatch(text, $@"\b{k}(s|es)?\b"))
            .Order(StringComparer.Ordinal);

    private static string Describe(PolicyRule rule) =>
        $"{string.Join(',', rule.ApiGroups!)}: {string.Join(',', rule.Resources!)}: {string.Join(',', rule.Verbs!)}";
}
