using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;

namespace Lodestone.Conformance.Tests.Harness;

/// <summary>docs/api/compatibility.md, out of the attributes of the cases.</summary>
internal static partial class CompatibilityDocument
{
    private const string Head = """
        # Where Lodestone's API server and Kubernetes' differ

        Made from the cases of `tests/Lodestone.Conformance.Tests`; don't edit it. Each line is asserted from both sides: against Lodestone, and
        against kube-apiserver 1.20 with the definitions that `lodestone manifests crds` prints. A difference that goes away fails a test, and so
        does one that is not listed. `LODESTONE_TEST_KUBECONFIG=FILE` runs the same cases against any cluster, as its administrator.


        """;

    /// <summary>The document as it should be.</summary>
    public static string Write()
    {
        (string Area, string Case, DiffersAttribute Difference)[] all =
        [
            .. from type in typeof(CompatibilityDocument).Assembly.GetTypes()
               from method in type.GetMethods()
               let difference = method.GetCustomAttribute<DiffersAttribute>()
               where difference is not null
               let area = Words(type.Namespace![(type.Namespace!.LastIndexOf('.') + 1)..])
               orderby area, method.Name
               select (area, Words(method.Name), difference),
        ];
        var text = new StringBuilder(Head.Replace("\r", "", StringComparison.Ordinal));
        Section(text, "By intention", "Kubernetes, every version", [.. all.Where(d => d.Difference is { Since: 0, IsOfCustomResource: false, IsInapplicable: false })]);
        Section(text, "Our kinds", "Our kinds as custom resources", [.. all.Where(d => d.Difference.IsOfCustomResource)]);
        Section(text, "Done here by the API server itself", "kube-apiserver alone", [.. all.Where(d => d.Difference.IsInapplicable)]);
        Section(text, "Newer than 1.20", "Older Kubernetes", [.. all.Where(d => d.Difference is { Since: > 0, IsOfCustomResource: false, IsInapplicable: false })]);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Section(StringBuilder text, string title, string other, IReadOnlyCollection<(string Area, string Case, DiffersAttribute Difference)> lines)
    {
        text.Append(CultureInfo.InvariantCulture, $"## {title}\n\n| Area | Case | {other} | Lodestone |\n| --- | --- | --- | --- |\n");
        foreach ((string area, string name, DiffersAttribute difference) in lines)
        {
            text.Append(CultureInfo.InvariantCulture, $"| {area} | {name} | {Cell(difference.Kubernetes)} | {Cell(difference.Lodestone)} |\n");
        }

        text.Append('\n');
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);

    /// <summary><c>Create_NameThatExists_IsAlreadyExists</c> as "Create: name that exists: is already exists".</summary>
    private static string Words(string name) =>
        string.Join(": ", name.Split('_').Select((part, i) => Boundary().Replace(part, " ").ToLowerInvariant()));

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Boundary();
}
