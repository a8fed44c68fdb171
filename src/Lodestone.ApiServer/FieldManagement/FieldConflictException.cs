using System.Globalization;
using System.Text;

namespace Lodestone.ApiServer.FieldManagement;

/// <summary>An apply would change fields of others, and may not.</summary>
internal sealed class FieldConflictException(IReadOnlyList<FieldConflict> conflicts) : Exception(Describe(conflicts))
{
    /// <summary>The fields, grouped by owner.</summary>
    public IReadOnlyList<FieldConflict> Conflicts { get; } = conflicts;

    /// <summary>As Kubernetes words it (facts 2.6).</summary>
    private static string Describe(IReadOnlyList<FieldConflict> conflicts)
    {
        if (conflicts is [var only])
        {
            return $"Apply failed with 1 conflict: conflict with {only.Owner}: {only.Field}";
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Apply failed with {conflicts.Count} conflicts: ");
        bool isFirst = true;
        foreach (IGrouping<ManagerId, FieldConflict> group in conflicts.GroupBy(c => c.Owner))
        {
            text.Append(isFirst ? "" : "\n").Append(CultureInfo.InvariantCulture, $"conflicts with {group.Key}:");
            foreach (FieldConflict conflict in group)
            {
                text.Append("\n- ").Append(conflict.Field);
            }

            isFirst = false;
        }

        return text.ToString();
    }
}
