using System.Text;
using Lodestone.ApiServer.Storage;

namespace Lodestone.ApiServer.Tests.Storage;

/// <summary>Objects as the store keeps them.</summary>
internal static class Objects
{
    public const string Widgets = "widgets.example.org";

    public static ObjectDraft Draft(string name, string ns = "default", string value = "a") => new(Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"example.org/v1","kind":"Widget","metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","labels":{"app":"{{{value}}}"},"resourceVersion":"","uid":"u-{{{name}}}"},"spec":{"value":"{{{value}}}"}}"""));

    public static async Task<StoredObject> CreateAsync(this IObjectStore store, string name, string ns = "default", string value = "a")
    {
        WriteResult result = await store.WriteAsync(StoreWrite.Create(Widgets, Draft(name, ns, value)));
        Assert.Equal(WriteOutcome.Committed, result.Outcome);
        return result.Object!;
    }

    public static async Task<StoredObject> UpdateAsync(this IObjectStore store, StoredObject current, string value)
    {
        WriteResult result = await store.WriteAsync(StoreWrite.Update(
            Widgets, current, Draft(current.Summary.Name, current.Summary.Namespace, value)));
        Assert.Equal(WriteOutcome.Committed, result.Outcome);
        return result.Object!;
    }

    public static string Text(this StoredObject item) => Encoding.UTF8.GetString(item.Json);
}
