package store_test
import ("testing";"time";"fmt";"os";"strconv";"github.com/lintel-id/lintel/internal/store";"github.com/lintel-id/lintel/internal/store/storetest";"github.com/lintel-id/lintel/internal/identity")
func TestBig(t *testing.T){
 for _, e := range []string{os.Getenv("E")} {
 var u string
 n,_ := strconv.Atoi(os.Getenv("N"))
 if e=="sqlite" { u=sqlite(t) } else { u=storetest.NewDatabase(t, storetest.Postgres(t)) }
 s:=open(t,u,store.Options{Server:true})
 a:=time.Now()
 if err:=s.BulkInsert(t.Context(), cloud(n,true)); err!=nil {t.Fatal(err)}
 fmt.Println(e, n,"bulk",time.Since(a)); 
 for range 2 { a=time.Now(); c:=0
 m := map[identity.ChangeKind]time.Duration{}; last := time.Now()
 if _,err:=s.Load(t.Context(), func(x identity.Change) error {c++; m[x.Kind]+=time.Since(last); last=time.Now(); return nil}); err!=nil {t.Fatal(err)}
 fmt.Println(e, "load",c,time.Since(a), m)}
 }
}
