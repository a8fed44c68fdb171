using Lodestone.Api.Meta;

namespace Lodestone.Agent.Status;

/// <summary>Writes one condition into a list that others write to as well.</summary>
internal static class Conditions
{
    /// <summary>Sets the condition of that type; its transition time changes only with its status. Others stay as they are.</summary>
    public static List<Condition> Set(
        List<Condition>? conditions, string type, bool isTrue, string reason, string message, long? generation, DateTimeOffset now)
    {
        List<Condition> next = [.. conditions ?? []];
        string status = isTrue ? "True" : "False";
        int index = next.FindIndex(condition => condition.Type == type);
        Condition? old = index < 0 ? null : next[index];
        var condition = new Condition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = generation,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : now,
        };
        if (index < 0)
        {
            next.Add(condition);
        }
        else
        {
            next[index] = condition;
        }

        return next;
    }

    /// <summary>Whether the list already says so.</summary>
    public static bool Says(List<Condition>? conditions, string type, bool isTrue, string reason, string message, long? generation) =>
        conditions?.Find(condition => condition.Type == type) is { } held
        && held.Status == (isTrue ? "True" : "False")
        && held.Reason == reason
        && held.Message == message
        && held.ObservedGeneration == generation;
}
