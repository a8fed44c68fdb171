using Lodestone.Api.Meta;

namespace Lodestone.Controllers;

/// <summary>Reads and writes a list of conditions in which several controllers each own some types.</summary>
internal static class Conditions
{
    /// <summary>Sets one type and leaves the others alone. The transition time moves only when the status does.</summary>
    internal static List<Condition> With(this List<Condition>? conditions, string type, bool isTrue, string reason, string message, long? generation, DateTimeOffset now)
    {
        List<Condition> result = conditions ?? [];
        Condition? condition = result.Find(c => c.Type == type);
        if (condition is null)
        {
            condition = new Condition { Type = type };
            result.Add(condition);
        }

        string status = isTrue ? "True" : "False";
        if (condition.Status != status)
        {
            condition.Status = status;
            condition.LastTransitionTime = now;
        }

        condition.Reason = reason;
        condition.Message = message;
        condition.ObservedGeneration = generation;
        return result;
    }

    /// <summary>Takes one type out; null where none is left.</summary>
    internal static List<Condition>? Without(this List<Condition>? conditions, string type)
    {
        conditions?.RemoveAll(c => c.Type == type);
        return conditions is { Count: > 0 } ? conditions : null;
    }

    internal static Condition? Of(this List<Condition>? conditions, string type) => conditions?.Find(c => c.Type == type);

    internal static bool IsTrue(this List<Condition>? conditions, string type) => conditions.Of(type)?.Status == "True";
}
